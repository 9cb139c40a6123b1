#version 330
//include common.glsl
uniform vec3 base;
in vec3 v_rest, v_photo, v_tint, v_position, v_normal, v_irradiance, v_box_seen;
in float v_gloss;
out vec4 color;

void main() {
    // photo.xy runs along the cloth: stitches around, rows down; tint.x is 1 on the ribbed collar.
    vec2 stitch = vec2(v_photo.x * 300.0, v_photo.y * 420.0);
    float rib = 0.5 + 0.5 * sin(v_photo.x * 6.28318 * 110.0);
    float fade = smoothstep(0.0, 0.25, abs(normalize(v_normal).z));
    float knit = sin(stitch.y * 1.2 + abs(fract(stitch.x) - 0.5) * 5.0);
    float pattern = mix(1.0 + 0.05 * knit * fade, 0.72 + 0.38 * rib, v_tint.x);
    float fuzz = 1.0 + 0.07 * value_noise(v_rest / 1.4) + 0.05 * value_noise(v_rest / 18.0);
    vec3 view = normalize(-v_position);
    float rim = pow(1.0 - clamp(dot(normalize(v_normal), view), 0.0, 1.0), 3.0);
    color = vec4(base * pattern * fuzz * v_irradiance * (1.0 + 0.5 * rim), 1.0);
}
