#version 330
//include light.glsl
// The eyeball is traced, not textured: a sphere with a bulging cornea that refracts the view of the iris.
// Its depth is that of the plain sphere, so that lids stay in front of the bulge. Same surfaces as cornea.py.
uniform vec3 center;           // camera frame, mm
uniform mat3 eye_to_camera, rotation;
uniform float radius, limbus, cornea_radius, pupil;
uniform vec3 iris_tint, sclera_tint;
uniform float redness;
uniform sampler2D iris;
uniform sampler2D lids;        // elevation of the upper (r) and lower (g) margin over azimuth, rad; a row per gaze
uniform float lid_row, lid_azimuth;
in vec3 v_position;
out vec4 color;

const float TEXTURE_PUPIL = 0.0686, TEXTURE_IRIS = 0.140, TEXTURE_EQUATOR = 0.33;
const float CORNEA_INDEX = 1.336, IRIS_DEPTH = 0.5;

float sphere_hit(vec3 origin, vec3 ray, vec3 middle, float r) {
    vec3 o = origin - middle;
    float b = dot(o, ray), c = dot(o, o) - r * r, d = b * b - c;
    return d < 0.0 ? -1.0 : -b - sqrt(d);
}

vec3 picture(vec2 direction, float r) {
    vec2 at = normalize(direction + 1e-6) * r;
    return to_linear(texture(iris, 0.5 + at).rgb);
}

vec3 iris_color(vec2 at) {
    float r = length(at), share = clamp((r - pupil) / (limbus - pupil), 0.0, 1.0);
    vec3 stroma = picture(at, mix(TEXTURE_PUPIL * 1.04, TEXTURE_IRIS * 0.97, share)) * iris_tint;
    stroma *= 1.0 - 0.6 * smoothstep(0.76, 1.0, share);
    return stroma * smoothstep(pupil - 0.15, pupil + 0.2, r);
}

vec3 sclera_color(vec3 at) {
    float polar = acos(clamp(-at.z / length(at), -1.0, 1.0)), edge = asin(limbus / radius);
    float share = (polar - edge) / (1.5708 - edge);
    vec3 white = picture(at.xy, mix(TEXTURE_IRIS * 1.12, TEXTURE_EQUATOR, clamp(share, 0.0, 1.0)));
    float bright = max(white.g, 0.3);
    vec3 pale = vec3(0.3 + 0.7 * bright) * vec3(1.0, 0.985, 0.965);
    return mix(pale, white, 0.12 + 0.6 * redness) * sclera_tint;
}

void main() {
    mat3 to_eye = transpose(eye_to_camera);
    vec3 origin = to_eye * -center, ray = to_eye * normalize(v_position);
    float limbus_z = -sqrt(radius * radius - limbus * limbus);
    vec3 cornea_middle = vec3(0.0, 0.0, limbus_z + sqrt(cornea_radius * cornea_radius - limbus * limbus));

    float at_sclera = sphere_hit(origin, ray, vec3(0.0), radius);
    vec3 white_place = at_sclera > 0.0 ? origin + at_sclera * ray : to_eye * (v_position - center);
    vec3 normal = normalize(white_place);
    vec3 albedo = sclera_color(white_place);
    float clear = 0.0;
    float at_cornea = sphere_hit(origin, ray, cornea_middle, cornea_radius);
    vec3 front = origin + at_cornea * ray;
    if (at_cornea > 0.0 && front.z < limbus_z + 0.6) {
        vec3 front_normal = (front - cornea_middle) / cornea_radius;
        vec3 inside = refract(ray, front_normal, 1.0 / CORNEA_INDEX);
        vec3 on_iris = front + inside * ((limbus_z + IRIS_DEPTH - front.z) / inside.z);
        // The rim of the cornea turns cloudy over most of a millimeter.
        clear = 1.0 - smoothstep(limbus - 0.7, limbus + 0.25, length(front.xy));
        albedo = mix(albedo, iris_color(on_iris.xy), clear);
        normal = normalize(mix(normal, front_normal, smoothstep(0.0, 0.6, clear)));
    }

    // Lids: where this point lies between their margins, seen from the eyeball's center in the head.
    vec3 in_head = transpose(rotation) * (eye_to_camera * white_place);
    float azimuth = atan(in_head.x, -in_head.z), elevation = asin(-in_head.y / length(in_head));
    vec2 margin = texture(lids, vec2(0.5 + 0.5 * azimuth / lid_azimuth, lid_row)).rg;
    float below_upper = margin.r - elevation, above_lower = elevation - margin.g;
    float shade = mix(0.25, 1.0, smoothstep(-0.04, 0.26, below_upper)) * mix(0.55, 1.0, smoothstep(-0.03, 0.16, above_lower));
    float corner = smoothstep(0.06, 0.40, below_upper + above_lower);
    // The socket darkens the ball toward its sides.
    shade *= mix(0.55, 1.0, smoothstep(0.35, 0.95, -normalize(in_head).z));
    albedo *= mix(vec3(0.85, 0.60, 0.55), vec3(1.0), corner);

    vec3 view = -normalize(v_position), camera_normal = eye_to_camera * normal;
    // The white of the eye lets light through: its shading is softer than its shape.
    vec3 soft = normalize(mix(camera_normal, vec3(0.0, 0.0, -1.0), 0.35));
    vec3 result = albedo * mix(irradiance(soft, 0.5), irradiance(vec3(0.0, 0.0, -1.0), 0.4), 0.3) * shade;
    // Blood in the lids colors what light gets under them.
    result *= mix(vec3(1.0, 0.82, 0.76), vec3(1.0), smoothstep(0.3, 0.9, shade));
    vec3 rough = 0.02 * vec3(value_noise(in_head * 1.7), value_noise(in_head * 1.7 + 9.0), value_noise(in_head * 1.7 + 23.0));
    vec3 film_normal = normalize(camera_normal + (1.0 - clear) * rough);
    vec3 seen = mirror(reflect(-view, film_normal), mix(0.5, 0.25, clear));
    float open_to_light = smoothstep(0.02, 0.16, below_upper) * smoothstep(0.0, 0.05, above_lower);
    result += min(seen * fresnel(0.025, dot(view, film_normal)) * mix(0.35, 1.0, clear) * open_to_light, 2.0);
    // The tear film gathers along the lower lid and catches the light from above.
    float off_line = (above_lower - 0.02) / 0.022;
    float tear = exp(-off_line * off_line) * (0.6 + 0.4 * value_noise(in_head * 0.9));
    result += 0.12 * tear * irradiance(vec3(0.0, -0.6, -0.8), 0.3) * corner;
    color = vec4(result, 1.0);
}
