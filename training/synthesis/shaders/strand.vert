#version 330
// One corner of a hair's ribbon, spread across the view.
uniform mat4 clip;
uniform mat4 to_camera;
uniform float pixel;           // tangent of the angle that one drawn pixel spans
in vec3 position;
in vec3 tangent;
in vec3 root_normal;
in vec4 ribbon;                // side -1 or 1, along 0 to 1, width mm, shade
in vec3 irradiance;
out vec3 v_position, v_tangent, v_irradiance, v_root_normal;
out vec2 v_along_shade;
out float v_cover;

void main() {
    vec3 at = (to_camera * vec4(position, 1.0)).xyz;
    vec3 along = normalize(mat3(to_camera) * tangent);
    vec3 across = normalize(cross(along, at));
    float width = ribbon.z * (1.0 - 0.75 * ribbon.y);
    // Hair thinner than a pixel is drawn a pixel wide and covers it in part.
    float thinnest = pixel * length(at);
    v_cover = min(1.0, width / thinnest);
    width = max(width, thinnest);
    at += 0.5 * ribbon.x * width * across;
    v_position = at;
    v_tangent = along;
    v_irradiance = irradiance;
    v_root_normal = mat3(to_camera) * root_normal;
    v_along_shade = ribbon.yw;
    gl_Position = clip * vec4(at, 1.0);
}
