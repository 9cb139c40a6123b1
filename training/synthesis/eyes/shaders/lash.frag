#version 330
//include light.glsl
uniform sampler2D hairs;
uniform vec3 lash_color;
uniform float lash_density;
in vec2 v_uv;
out vec4 color;

void main() {
    float along = 2.0 * v_uv.y - 1.0;
    // Thinned by the small picture, hairs that overlap would vanish: density stacks several layers of them.
    float cover = 1.0 - pow(1.0 - texture(hairs, v_uv).r, lash_density);
    // Roots stand so close that they make a line.
    cover = max(cover, 0.5 * (1.0 - smoothstep(0.0, 0.14, along)) * min(1.0, 0.3 * lash_density));
    cover *= 1.0 - 0.5 * along;
    color = vec4(lash_color * irradiance(vec3(0.0, -0.3, -0.95), 0.5), cover);
}
