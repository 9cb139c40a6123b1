#version 330
// A lit surface: still attributes first, then those that change with every frame.
uniform mat4 clip;
in vec3 rest;          // place on the still head, mm: what noise is tied to
in vec3 photo;         // place in the eye photograph, and how much of it shows
in vec3 tint;          // color relative to plain skin
in float gloss;
in vec3 position;      // camera frame, mm
in vec3 normal;
in vec3 irradiance;
in vec3 box_seen;      // share of each soft box that is in view
out vec3 v_rest, v_photo, v_tint, v_position, v_normal, v_irradiance, v_box_seen;
out float v_gloss;

void main() {
    v_rest = rest;
    v_photo = photo;
    v_tint = tint;
    v_gloss = gloss;
    v_position = position;
    v_normal = normal;
    v_irradiance = irradiance;
    v_box_seen = box_seen;
    gl_Position = clip * vec4(position, 1.0);
}
