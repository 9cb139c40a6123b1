#version 330
uniform mat4 clip;
in vec3 position;      // camera frame, mm
in vec3 irradiance;
out vec3 v_position, v_irradiance;

void main() {
    v_position = position;
    v_irradiance = irradiance;
    gl_Position = clip * vec4(position, 1.0);
}
