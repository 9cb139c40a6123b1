"""The one place that owns GazeCam's gaze-angle convention (docs/conventions.md states it).

Convention
    Camera frame: right-handed, x right, y down, z into the scene; lengths in mm, angles in rad.
    A gaze points from the eye into the world: ``v = -(cos p sin y, sin p, cos p cos y)``.
    (0, 0) runs parallel to the optical axis toward the camera; pitch is positive upward,
    yaw is positive toward image left.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]


def vector_from_pitch_yaw(pitch: ArrayLike, yaw: ArrayLike) -> Float:
    """Unit gaze vectors (..., 3) of angles in rad that broadcast against each other."""
    p, y = np.asarray(pitch, np.float64), np.asarray(yaw, np.float64)
    level = -np.cos(p)
    return np.stack([level * np.sin(y), -np.sin(p) + np.zeros_like(y), level * np.cos(y)], axis=-1)


def pitch_yaw_from_vector(vector: ArrayLike) -> tuple[Float, Float]:
    """Pitch and yaw in rad of gaze vectors (..., 3) of any positive length."""
    v = np.asarray(vector, np.float64)
    x, y, z = v[..., 0], v[..., 1], v[..., 2]
    return np.arctan2(-y, np.hypot(x, z)), np.arctan2(-x, -z)


def angle_between(a: ArrayLike, b: ArrayLike) -> Float:
    """Angle in rad between vectors (..., 3); exact for tiny angles (atan2 of cross and dot)."""
    u, v = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return np.arctan2(np.linalg.norm(np.cross(u, v), axis=-1), np.sum(u * v, axis=-1))
