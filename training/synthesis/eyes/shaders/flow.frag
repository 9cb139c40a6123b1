#version 330
uniform float material;        // 1 skin, 2 eyeball
in vec3 v_elsewhere;
out vec4 place;

void main() {
    place = vec4(v_elsewhere, material);
}
