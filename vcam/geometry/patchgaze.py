"""Gaze and head directions as an eye's own patch shows them: what the models take and give.

Convention
    The patch camera stands where the real one does, looks straight at the eye, is rolled so that the
    canthi are level, and mirrored for the subject's right eye (``patch``): x right in the patch, y down,
    z into the scene. Angles follow ``angles`` in these axes, as (pitch, yaw) in the last dimension, rad:
    (0, 0) looks into the lens wherever the eye is; pitch is positive upward, yaw toward the nose.
    ``to_patch`` (..., 3, 3) takes camera-frame vectors to patch-frame ones; it is orthogonal, with
    determinant -1 for a mirrored eye.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcam.geometry.angles import pitch_yaw_from_vector, vector_from_pitch_yaw

Float = NDArray[np.float64]


def camera_to_patch(ray: ArrayLike, to_frame: ArrayLike) -> Float:
    """The ``to_patch`` (3, 3) of one eye.

    Args:
        ray: (3,) from the lens to the eye, camera frame, any positive length.
        to_frame: (2, 3) of the eye's patch, ``patch.eye_to_frame``.

    Raises:
        ValueError: the ray has no length.
    """
    onward, linear = np.asarray(ray, np.float64), np.asarray(to_frame, np.float64)[:, :2]
    if not onward.any():
        raise ValueError("the ray to an eye has no length")
    z = onward / np.sqrt(onward @ onward)
    # a step in the picture turns the ray by that step, less what lies along the ray
    (ax, bx), (ay, by) = linear.tolist()
    x = np.array([ax, ay, 0.0]) - (ax * z[0] + ay * z[1]) * z
    x /= np.sqrt(x @ x)
    y = np.array([z[1] * x[2] - z[2] * x[1], z[2] * x[0] - z[0] * x[2], z[0] * x[1] - z[1] * x[0]])
    return np.stack([x, y if ax * by > ay * bx else -y, z])


def gaze_to_patch(to_patch: ArrayLike, gaze: ArrayLike) -> Float:
    """Patch-frame (pitch, yaw) (..., 2) of camera-frame (pitch, yaw) (..., 2)."""
    angles = np.asarray(gaze, np.float64)
    return _angles(_turned(to_patch, vector_from_pitch_yaw(angles[..., 0], angles[..., 1])))


def gaze_from_patch(to_patch: ArrayLike, gaze: ArrayLike) -> Float:
    """Camera-frame (pitch, yaw) (..., 2) of patch-frame (pitch, yaw) (..., 2)."""
    angles, back = np.asarray(gaze, np.float64), np.swapaxes(np.asarray(to_patch, np.float64), -1, -2)
    return _angles(_turned(back, vector_from_pitch_yaw(angles[..., 0], angles[..., 1])))


def head_to_patch(to_patch: ArrayLike, head: ArrayLike) -> Float:
    """Patch-frame (pitch, yaw) (..., 2) of where a face points.

    Args:
        to_patch: (..., 3, 3).
        head: (3, 3) rotation, head frame to camera frame (``headpose``).
    """
    return _angles(_turned(to_patch, -np.asarray(head, np.float64)[:, 2]))


def _turned(matrix: ArrayLike, vector: Float) -> Float:
    return np.einsum("...ij,...j->...i", np.asarray(matrix, np.float64), vector)


def _angles(vector: Float) -> Float:
    return np.stack(pitch_yaw_from_vector(vector), axis=-1)
