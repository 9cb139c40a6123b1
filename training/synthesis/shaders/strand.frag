#version 330
//include common.glsl
uniform vec3 base;
uniform float sheen;           // strength of highlights
uniform float root_shade;      // light that reaches the roots, 0 to 1
in vec3 v_position, v_tangent, v_irradiance, v_root_normal;
in vec2 v_along_shade;
in float v_cover;
out vec4 color;

void main() {
    // Kajiya-Kay: a hair mirrors light into a cone about itself.
    vec3 view = normalize(-v_position), along = normalize(v_tangent);
    float lit = mix(root_shade, 1.0, smoothstep(0.0, 0.7, v_along_shade.x));
    vec3 result = base * v_along_shade.y * v_irradiance * lit;
    for (int k = 0; k < 3; k++) {
        vec3 toward = box_axes[k][2];
        float t_l = dot(along, toward), t_v = dot(along, view);
        float cone = max(0.0, sqrt(max(0.0, 1.0 - t_l * t_l) * max(0.0, 1.0 - t_v * t_v)) - t_l * t_v);
        float facing = smoothstep(-0.2, 0.6, dot(v_root_normal, toward));
        float energy = 4.0 * box_half[k].x * box_half[k].y;
        vec3 glint = 0.035 * pow(cone, 40.0) + 0.05 * pow(cone, 9.0) * sqrt(base / (max(base.r, max(base.g, base.b)) + 1e-3));
        result += lit * v_along_shade.y * facing * energy * box_radiance[k] * sheen * glint;
    }
    color = vec4(result, v_cover);  // a share of the pixel, see Renderer.partial_cover
}
