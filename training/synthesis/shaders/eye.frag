#version 330
//include common.glsl
// The eyeball is traced, not textured: a sphere with a bulging cornea that refracts the view of the iris.
// Eye frame: the gaze runs along -z. Its surface lies where the still sphere is drawn, so lids stay in front.
uniform vec3 center;           // camera frame, mm
uniform mat3 eye_to_camera;
uniform mat3 head_to_camera;
uniform float mirrored;        // -1 for the right eye, whose texture is the left one's mirror image
uniform float sclera_radius, limbus_radius, cornea_radius, pupil_radius;
uniform sampler2D iris;
uniform sampler2D lids;        // elevation of the upper (r) and lower (g) margin over azimuth, rad
uniform float lid_azimuth;
in vec3 v_position, v_irradiance;
out vec4 color;

const float TEXTURE_PUPIL = 0.0686, TEXTURE_IRIS = 0.140, TEXTURE_EQUATOR = 0.33;
const float CORNEA_INDEX = 1.336;

float sphere_hit(vec3 origin, vec3 ray, vec3 middle, float radius) {
    vec3 o = origin - middle;
    float b = dot(o, ray), c = dot(o, o) - radius * radius, d = b * b - c;
    return d < 0.0 ? -1.0 : -b - sqrt(d);
}

vec3 picture(vec2 direction, float radius) {
    vec2 at = normalize(direction + 1e-6) * radius;
    return to_linear(texture(iris, 0.5 + vec2(mirrored * at.x, -at.y)).rgb);
}

vec3 iris_color(vec2 at) {
    float r = length(at), share = clamp((r - pupil_radius) / (limbus_radius - pupil_radius), 0.0, 1.0);
    vec3 stroma = picture(at, mix(TEXTURE_PUPIL * 1.04, TEXTURE_IRIS * 0.97, share));
    stroma *= 1.0 - 0.55 * smoothstep(0.80, 1.0, share);
    return stroma * smoothstep(pupil_radius - 0.12, pupil_radius + 0.22, r);
}

vec3 sclera_color(vec3 at) {
    float polar = acos(clamp(-at.z / length(at), -1.0, 1.0)), limbus = asin(limbus_radius / sclera_radius);
    float share = (polar - limbus) / (1.5708 - limbus);
    vec3 white = picture(at.xy, mix(TEXTURE_IRIS * 1.12, TEXTURE_EQUATOR, clamp(share, 0.0, 1.0)));
    return mix(white, vec3(dot(white, vec3(0.333))), 0.25) * vec3(0.80, 0.765, 0.735);
}

void main() {
    mat3 to_eye = transpose(eye_to_camera);
    vec3 origin = to_eye * -center, ray = to_eye * normalize(v_position);
    float limbus_z = -sqrt(sclera_radius * sclera_radius - limbus_radius * limbus_radius);
    vec3 cornea_middle = vec3(0.0, 0.0, limbus_z + sqrt(cornea_radius * cornea_radius - limbus_radius * limbus_radius));

    float at_sclera = sphere_hit(origin, ray, vec3(0.0), sclera_radius);
    vec3 white_place = at_sclera > 0.0 ? origin + at_sclera * ray : to_eye * (v_position - center);
    vec3 place = white_place, normal = normalize(white_place);
    vec3 albedo = sclera_color(white_place);
    float clear = 0.0;
    float at_cornea = sphere_hit(origin, ray, cornea_middle, cornea_radius);
    vec3 front = origin + at_cornea * ray;
    if (at_cornea > 0.0 && front.z < limbus_z + 0.6) {
        vec3 front_normal = (front - cornea_middle) / cornea_radius;
        vec3 inside = refract(ray, front_normal, 1.0 / CORNEA_INDEX);
        vec3 on_iris = front + inside * ((limbus_z + 0.5 - front.z) / inside.z);
        // The rim of the cornea turns cloudy over half a millimeter.
        clear = 1.0 - smoothstep(limbus_radius - 0.75, limbus_radius + 0.15, length(front.xy));
        albedo = mix(albedo, iris_color(on_iris.xy), clear);
        normal = normalize(mix(normal, front_normal, smoothstep(0.0, 0.6, clear)));
        place = front;
    }

    // Lids: where this point lies between their margins, seen from the eyeball center in the head.
    vec3 in_head = transpose(head_to_camera) * (eye_to_camera * white_place);
    float azimuth = atan(in_head.x, -in_head.z), elevation = asin(-in_head.y / length(in_head));
    vec2 margin = texture(lids, vec2(0.5 + 0.5 * azimuth / lid_azimuth, 0.5)).rg;
    float below_upper = margin.r - elevation, above_lower = elevation - margin.g;
    float shade = mix(0.22, 1.0, smoothstep(-0.02, 0.28, below_upper)) * mix(0.62, 1.0, smoothstep(-0.02, 0.14, above_lower));
    float corner = smoothstep(0.10, 0.30, below_upper + above_lower);
    albedo *= mix(vec3(0.82, 0.55, 0.50), vec3(1.0), corner);

    vec3 view = -normalize(v_position), camera_normal = eye_to_camera * normal;
    vec3 result = albedo * v_irradiance * shade;
    vec3 rough = 0.02 * vec3(value_noise(in_head * 1.7), value_noise(in_head * 1.7 + 9.0), value_noise(in_head * 1.7 + 23.0));
    vec3 film_normal = normalize(camera_normal + (1.0 - clear) * rough);
    vec3 seen = mirror(reflect(-view, film_normal), mix(0.5, 0.12, clear));
    float open_to_light = smoothstep(0.02, 0.16, below_upper) * smoothstep(0.0, 0.05, above_lower);
    result += seen * fresnel(0.025, dot(view, film_normal)) * mix(0.35, 1.0, clear) * open_to_light;
    // The tear film gathers along the lower lid and catches the light from above.
    float off_line = (above_lower - 0.015) / 0.020;
    float tear = exp(-off_line * off_line) * (0.6 + 0.4 * value_noise(in_head * 0.9));
    result += 0.14 * tear * v_irradiance * corner;
    color = vec4(result, 1.0);
}
