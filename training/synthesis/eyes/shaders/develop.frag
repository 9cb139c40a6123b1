#version 330
// Averages 2 x 2 drawn pixels in linear light and encodes them as a camera does; keeps the nearest depth.
uniform sampler2D drawn, depths;
uniform float exposure;
layout(location = 0) out vec4 color;
layout(location = 1) out float depth;

void main() {
    ivec2 at = 2 * ivec2(gl_FragCoord.xy);
    vec4 sum = vec4(0.0);
    depth = 1.0;
    for (int k = 0; k < 4; k++) {
        ivec2 place = at + ivec2(k & 1, k >> 1);
        vec4 one = texelFetch(drawn, place, 0);
        one.rgb = min(one.rgb * exposure, vec3(3.0));  // one glint would bleed over its neighbors
        sum += 0.25 * one;
        depth = min(depth, texelFetch(depths, place, 0).r);
    }
    vec3 high = max(sum.rgb - 0.7, 0.0);
    vec3 light = min(sum.rgb, 0.7) + 0.3 * (1.0 - exp(-high / 0.3));
    vec3 srgb = mix(12.92 * light, 1.055 * pow(light, vec3(1.0 / 2.4)) - 0.055, step(0.0031308, light));
    color = vec4(srgb, sum.a);
}
