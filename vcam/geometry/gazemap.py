"""Gaze maps: an eyeball and its iris drawn as two planes, the picture of a gaze that a network can read.

Convention
    Angles (pitch, yaw) in rad as in ``angles``: positive pitch moves the iris up, positive yaw to the left.
    Maps are (N, 2, height, width) float32 in [0, 1], the iris first and the eyeball second, pixel centers at
    integer coordinates, eyeball in the middle.

Source: Park et al., Deep Pictorial Gaze Estimation (2018), with the proportions of their code: the iris
subtends half an angle of 30 degrees, so its diameter is the eyeball's radius.
"""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

EYEBALL_RATIO = 1.1
"""Diameter of the eyeball over the height of the map (the paper has 1.2, its code 1.1)."""
IRIS_DEPTH = math.cos(math.asin(0.5))
"""Distance of the iris from the eyeball's center, eyeball radii."""
EDGE_PX = 1.0
"""Width of the soft edge of both shapes."""
MIN_FORESHORTENING = 0.05
"""Keeps an iris seen from the side from vanishing."""


def draw_gaze_maps(
    gaze: ArrayLike, size: tuple[int, int], *, eyeball_ratio: float = EYEBALL_RATIO
) -> NDArray[np.float32]:
    """Gaze maps (N, 2, height, width) of gazes (N, 2) in rad.

    The iris is a disc seen at an angle: its outline is shortened by k = |cos p cos y| along the way s that
    its center went. A pixel d away from that center lies inside where sqrt(|d|^2 + (d . s)^2 / k^2) is at
    most the iris radius; written so, the direction of s needs no division and the map no special case at 0.

    Args:
        gaze: (pitch, yaw) pairs.
        size: (width, height) of a map, px.
        eyeball_ratio: diameter of the eyeball over the height of the map.

    Raises:
        ValueError: gaze is not (N, 2).
    """
    angles = np.asarray(gaze, np.float64)
    if angles.ndim != 2 or angles.shape[1] != 2:
        raise ValueError(f"gaze must be (N, 2), pitch and yaw in rad; got shape {angles.shape}")
    width, height = size
    radius = eyeball_ratio * height / 2
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    x, y = x - (width - 1) / 2, y - (height - 1) / 2
    pitch, yaw = angles[:, 0, None, None], angles[:, 1, None, None]
    way = -np.sin(yaw) * np.cos(pitch), -np.sin(pitch)
    shortening = np.maximum(np.abs(np.cos(pitch) * np.cos(yaw)), MIN_FORESHORTENING)
    dx, dy = x - IRIS_DEPTH * radius * way[0], y - IRIS_DEPTH * radius * way[1]
    from_iris = np.sqrt(dx**2 + dy**2 + ((dx * way[0] + dy * way[1]) / shortening) ** 2)
    iris = _inside(radius / 2 - from_iris)
    eyeball = np.broadcast_to(_inside(radius - np.hypot(x, y)), iris.shape)
    return np.stack([iris, eyeball], axis=1).astype(np.float32)


def _inside(depth_px: NDArray[np.float64]) -> NDArray[np.float64]:
    return (depth_px / EDGE_PX + 0.5).clip(0, 1)
