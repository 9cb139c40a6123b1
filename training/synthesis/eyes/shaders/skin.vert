#version 330
//include light.glsl
// Light on skin is soft, so the vertices of the smooth mesh are close enough together to light.
uniform mat4 clip;
uniform float gloss;
in vec3 position;
in vec3 normal;
in vec2 uv;
in vec3 paint;                 // wet, lash line, eye shadow
out vec3 v_lit, v_shine, v_tilt, v_paint;
out vec2 v_uv;

void main() {
    vec3 view = -normalize(position);
    // Under skin, red light travels farthest: it softens the terminator most.
    v_lit = vec3(gentle(normal, 0.55).r, gentle(normal, 0.4).g, gentle(normal, 0.35).b);
    v_shine = v_tilt = vec3(0.0);
    float wet = smoothstep(0.3, 0.9, paint.x);
    for (int k = 0; k < 3; k++) {
        v_shine += gloss * (0.5 * box_highlight(k, normal, view, 0.5, 0.028) + 0.2 * box_highlight(k, normal, view, 0.35, 0.028));
        v_shine += wet * 0.5 * box_highlight(k, normal, view, 0.22, 0.03);
        // How the light grows as the surface tilts: what pores and wrinkles show of it.
        float energy = 4.0 * box_half[k].x * box_half[k].y / 3.14159;
        v_tilt += relight * energy * dot(box_radiance[k], vec3(0.333)) / 1.4 * box_axes[k][2];
    }
    v_uv = uv;
    v_paint = paint;
    gl_Position = clip * vec4(position, 1.0);
}
