"""The eyeball as a sphere: where it sits in the head, and how its iris moves in the picture.

Convention
    ``slope`` (2,) is an eye's position divided by its depth, (x / z, y / z): the tangent of the ray to it.
    Iris offsets (2,) are measured in the picture from the projected eyeball center, in eyeball radii.
    An eye that looks into the lens has offset (0, 0), wherever it is.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.float64]

IRIS_RADIUS_MM = 5.85
"""Half of the human corneal diameter (white to white 11.7 mm), which hardly varies between adults."""
IRIS_DISTANCE_MM = 10.5
"""From the eyeball's center of rotation to the plane of the iris."""
CENTER_FROM_CANTHI_MM = np.array([-0.6, -2.9, 6.5])
"""Eyeball center from the middle of its canthi, head frame, subject's left eye: a little toward the
nose, above and behind. The right eye mirrors x. The height lies midway between what the rendered demo
(2.6) and an independent estimator on real clips (3.2) ask for; the depth is that of a 12 mm eyeball."""
CANTHI_MIDDLE_MM = np.array([31.8, 0.0, 0.0])
"""Middle of the canthi of the subject's left eye in the head frame (``headpose``)."""


def eye_center(*, left: bool) -> Float:
    """Eyeball center (3,) in the head frame, mm."""
    return (CANTHI_MIDDLE_MM + CENTER_FROM_CANTHI_MM) * np.array([1.0 if left else -1.0, 1.0, 1.0])


def eye_position(head: ArrayLike, translation: ArrayLike, *, left: bool) -> Float:
    """Eyeball center (3,) in the camera frame, mm, of a head with rotation (3, 3) and translation (3,)."""
    return np.asarray(head, np.float64) @ eye_center(left=left) + np.asarray(translation, np.float64)


def offset_of_gaze(gaze: ArrayLike, slope: ArrayLike) -> Float:
    """Iris offset (2,) of a unit gaze vector (3,) for an eye seen along ``slope``."""
    v = np.asarray(gaze, np.float64)
    return v[:2] - np.asarray(slope, np.float64) * v[2]


def gaze_of_offset(offset: ArrayLike, slope: ArrayLike) -> Float:
    """Unit gaze vector (3,) whose iris offset is ``offset``; beyond the sphere's edge, the edge."""
    u, k = np.asarray(offset, np.float64), np.asarray(slope, np.float64)
    # |u + k z|^2 + z^2 = 1 with z < 0: the vector points toward the camera
    a, b, c = 1.0 + k @ k, u @ k, u @ u - 1.0
    z = (-b - np.sqrt(max(b * b - a * c, 0.0))) / a
    v = np.append(u + k * z, z)
    return v / np.linalg.norm(v)


def disc_shape(gaze: ArrayLike) -> Float:
    """(2, 2) symmetric map of the unit disc onto the picture of an iris with this gaze (3,)."""
    x, y, z = (float(c) for c in np.asarray(gaze, np.float64))
    # foreshortened by |z| along the direction (x, y), whose squared length is 1 - z^2
    less = 1.0 / (1.0 + abs(z))
    return np.array([[1.0 - less * x * x, -less * x * y], [-less * x * y, 1.0 - less * y * y]])
