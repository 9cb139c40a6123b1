// Shared by all fragment shaders: noise, highlights, and the soft boxes seen as mirror images.
uniform mat3 box_axes[3];      // columns right, down, toward; camera frame
uniform vec2 box_half[3];
uniform vec3 box_radiance[3];
uniform vec3 ambient_above, ambient_below;

float hash(vec3 p) {
    p = fract(p * 0.3183099 + vec3(0.71, 0.113, 0.419));
    p *= 17.0;
    return fract(p.x * p.y * p.z * (p.x + p.y + p.z));
}

float value_noise(vec3 p) {
    vec3 cell = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    vec2 o = vec2(0.0, 1.0);
    float near_side = mix(mix(hash(cell), hash(cell + o.yxx), f.x),
                          mix(hash(cell + o.xyx), hash(cell + o.yyx), f.x), f.y);
    float far_side = mix(mix(hash(cell + o.xxy), hash(cell + o.yxy), f.x),
                         mix(hash(cell + o.xyy), hash(cell + o.yyy), f.x), f.y);
    return 2.0 * mix(near_side, far_side, f.z) - 1.0;
}

vec3 to_linear(vec3 srgb) {
    return mix(srgb / 12.92, pow((srgb + 0.055) / 1.055, vec3(2.4)), step(0.04045, srgb));
}

float fresnel(float f0, float cosine) {
    return f0 + (1.0 - f0) * pow(1.0 - clamp(cosine, 0.0, 1.0), 5.0);
}

// Light that a rough surface throws back from one soft box (GGX, the box's own size as extra roughness).
vec3 box_highlight(int k, vec3 normal, vec3 view, float roughness, float f0) {
    vec3 toward = box_axes[k][2];
    float n_l = dot(normal, toward), n_v = max(dot(normal, view), 0.05);
    if (n_l <= 0.0) return vec3(0.0);
    vec3 middle = normalize(toward + view);
    float a = roughness * roughness + 0.18 * (box_half[k].x + box_half[k].y);
    float a2 = a * a, n_h = max(dot(normal, middle), 0.0);
    float d = n_h * n_h * (a2 - 1.0) + 1.0;
    float shadowing = 0.5 / mix(2.0 * n_l * n_v, n_l + n_v, a);
    float energy = 4.0 * box_half[k].x * box_half[k].y;
    float f = fresnel(f0, dot(view, middle));
    return box_radiance[k] * (energy * a2 / (3.14159 * d * d) * shadowing * f * n_l);
}

// What a mirror shows in a direction: the boxes with their frames, over the ambient light.
vec3 mirror(vec3 direction, float edge) {
    vec3 sum = mix(ambient_above, ambient_below, 0.5 + 0.5 * direction.y);
    for (int k = 0; k < 3; k++) {
        vec3 local = direction * box_axes[k];
        if (local.z <= 0.0) continue;
        vec2 at = abs(local.xy / local.z) / box_half[k];
        vec2 inside = 1.0 - smoothstep(1.0 - edge, 1.0 + edge, at);
        // A window has a bar; the other boxes do not.
        float bar = k == 0 ? smoothstep(0.03, 0.03 + 0.5 * edge, at.x) : 1.0;
        sum += box_radiance[k] * inside.x * inside.y * bar;
    }
    return sum;
}
