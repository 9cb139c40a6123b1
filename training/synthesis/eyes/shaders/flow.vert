#version 330
// Rasterizes the target picture; carries along where each point lies in the source picture.
uniform mat4 clip;
in vec3 position;
in vec3 elsewhere;
out vec3 v_elsewhere;

void main() {
    v_elsewhere = elsewhere;
    gl_Position = clip * vec4(position, 1.0);
}
