//include common.glsl
uniform float relight;

// What a white matt surface sends back; wrap lets light creep around its terminator.
vec3 irradiance(vec3 normal, float wrap) {
    vec3 sum = mix(ambient_above, ambient_below, 0.5 + 0.5 * normal.y);
    for (int k = 0; k < 3; k++) {
        float energy = 4.0 * box_half[k].x * box_half[k].y / 3.14159;
        float facing = max(0.0, (dot(normal, box_axes[k][2]) + wrap) / (1.0 + wrap));
        sum += energy * facing * box_radiance[k];
    }
    return sum;
}

// The photographs bring light of their own: ours shows only in part.
vec3 gentle(vec3 normal, float wrap) {
    vec3 ahead = irradiance(vec3(0.0, 0.0, -1.0), 0.4);
    return mix(ahead, irradiance(normal, wrap), relight);
}
