#version 330
uniform mat4 clip;
in vec3 position;
out vec3 v_position;

void main() {
    v_position = position;
    gl_Position = clip * vec4(position, 1.0);
}
