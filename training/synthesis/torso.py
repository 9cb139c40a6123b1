"""Shoulders in a crew-neck sweater, lofted from ellipses: what a webcam sees below the neck."""

import numpy as np

from training.synthesis.face_model import Index
from training.synthesis.grids import grid_triangles
from vcam.geometry.angles import Float

# Rings from the inside of the collar outward and down, in the head frame (mm):
# middle y, half width, half depth, middle z, how much lower the front is than the back, exponent.
_RINGS = np.array(
    [
        [146, 59, 57, 80, 22, 2.0],
        [135, 62, 61, 80, 22, 2.0],
        [130, 66, 66, 80, 23, 2.0],
        [132, 71, 70, 80, 23, 2.0],
        [138, 77, 74, 80, 21, 2.0],
        [143, 86, 79, 80, 17, 2.0],
        [150, 102, 86, 80, 12, 2.0],
        [160, 128, 92, 82, 7, 2.1],
        [173, 160, 98, 84, 3, 2.2],
        [194, 190, 104, 86, 0, 2.3],
        [230, 211, 110, 88, 0, 2.5],
        [290, 222, 116, 90, 0, 2.6],
        [420, 216, 120, 90, 0, 2.6],
    ]
)
COLLAR_SHARE = 4.6 / (len(_RINGS) - 1)
"""Share of the rings, from the neck out, that are ribbed collar."""


def _refined(rings: Float, per_step: int) -> Float:
    """Catmull-Rom through the rings."""
    padded = np.vstack([2 * rings[0] - rings[1], rings, 2 * rings[-1] - rings[-2]])
    t = np.linspace(0, 1, per_step, endpoint=False)[:, None]
    parts = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        parts.append(
            0.5
            * (
                2 * p1
                + (p2 - p0) * t
                + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2
                + (3 * p1 - p0 - 3 * p2 + p3) * t**3
            )
        )
    return np.vstack([*parts, rings[-1:]])


def torso(around: int = 160, per_step: int = 5) -> tuple[Float, Index, Float]:
    """The sweater.

    Returns:
        vertices (V, 3) mm in the frame of a head that faces the camera; triangles (T, 3); and
        coordinates on the cloth (V, 2): turn 0 to 1 about the neck, rings 0 to 1 from the collar out.

    """
    rings = _refined(_RINGS, per_step)
    turn = np.linspace(0, 1, around + 1)
    angle = 2 * np.pi * turn + np.pi / 2  # the seam lies at the back
    y, half_width, half_depth, z, drop, exponent = (rings[:, k, None] for k in range(6))
    cosine, sine = np.cos(angle)[None], np.sin(angle)[None]
    x_out = np.sign(cosine) * np.abs(cosine) ** (2 / exponent) * half_width
    z_out = z + np.sign(sine) * np.abs(sine) ** (2 / exponent) * half_depth
    y_out = y - drop * sine
    vertices = np.stack([x_out, np.broadcast_to(y_out, x_out.shape), z_out], axis=-1)
    rows = len(rings)
    cloth = np.stack(np.broadcast_arrays(turn[None], np.linspace(0, 1, rows)[:, None]), axis=-1)
    return vertices.reshape(-1, 3), grid_triangles(rows, around + 1), cloth.reshape(-1, 2)
