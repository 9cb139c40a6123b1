#version 330
//include common.glsl
uniform sampler2D photo_open;
uniform sampler2D photo_down;
uniform float look_down;       // 0 to 1
uniform vec3 base;             // plain skin, linear
in vec3 v_rest, v_photo, v_tint, v_position, v_normal, v_irradiance, v_box_seen;
in float v_gloss;
out vec4 color;

void main() {
    vec4 open_eye = texture(photo_open, v_photo.xy), down = texture(photo_down, v_photo.xy);
    vec4 photo = mix(open_eye, down, look_down * look_down);
    float share = v_photo.z * photo.a;
    float blotch = 0.5 * value_noise(v_rest / 11.0) + 0.3 * value_noise(v_rest / 4.5);
    float grain = value_noise(v_rest / 1.5);
    vec3 plain = base * v_tint * (1.0 + blotch * vec3(0.05, 0.09, 0.10) + grain * 0.055);
    vec3 albedo = mix(plain, to_linear(photo.rgb), share);

    // Pores tilt the surface; the photograph brings its own.
    vec3 slope = vec3(value_noise(v_rest / 0.9), value_noise(v_rest / 0.9 + 31.0), 0.0);
    vec3 normal = normalize(normalize(v_normal) + 0.10 * (1.0 - 0.5 * share) * slope);
    vec3 view = normalize(-v_position);
    vec3 result = albedo * v_irradiance;
    for (int k = 0; k < 3; k++) {
        vec3 sheen = 0.75 * box_highlight(k, normal, view, 0.62, 0.028) + 0.35 * box_highlight(k, normal, view, 0.42, 0.028);
        result += v_gloss * v_box_seen[k] * sheen * (1.0 + 0.35 * grain);
    }
    color = vec4(result, 1.0);
}
