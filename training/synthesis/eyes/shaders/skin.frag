#version 330
uniform sampler2D photo_open, photo_down, slopes;
uniform float look_down;       // 0 open to 1: which photograph
uniform mat3 rotation;         // region frame to camera frame
uniform vec3 skin_tint, eye_shadow;
uniform float bump, liner;
in vec3 v_lit, v_shine, v_tilt, v_paint;
in vec2 v_uv;
out vec4 color;

// Beyond the bridge of the nose the picture goes on as its mirror image; elsewhere its edge goes on.
vec2 continued(vec2 uv) {
    return vec2(abs(uv.x), uv.y);
}

// sRGB to linear by a cubic, within 0.001 and without a power for every pixel.
vec3 to_linear_fast(vec3 srgb) {
    return srgb * (srgb * (srgb * 0.305306011 + 0.682171111) + 0.012522878);
}

void main() {
    vec2 uv = continued(v_uv);
    vec3 albedo = to_linear_fast(mix(texture(photo_open, uv).rgb, texture(photo_down, uv).rgb, look_down));
    albedo *= skin_tint;
    albedo *= mix(vec3(1.0), eye_shadow, v_paint.z * (1.0 - v_paint.y));
    albedo *= 1.0 - (0.3 + 0.65 * liner) * smoothstep(0.45, 1.0, v_paint.y);
    // The margin's wet inner side hides as lids meet.
    albedo = mix(albedo, max(albedo, vec3(0.24, 0.095, 0.085)), 0.55 * v_paint.x * (1.0 - look_down));
    vec2 slope = (texture(slopes, uv).rg * 255.0 - 128.0) / 127.0 * 1.5;
    float relief = clamp(1.0 + bump * dot(v_tilt, rotation * vec3(slope, 0.0)), 0.4, 1.6);
    color = vec4(albedo * v_lit * relief + v_shine, 0.0);  // alpha tells the eyeball from everything else
}
