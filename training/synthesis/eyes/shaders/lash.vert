#version 330
uniform mat4 clip;
in vec3 position;
in vec2 uv;
out vec2 v_uv;

void main() {
    v_uv = uv;
    gl_Position = clip * vec4(position, 1.0);
}
