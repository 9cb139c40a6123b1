"""The virtual camera that looks straight at the eye: the patch frame of gaze and head angles.

Convention
    The camera's axis runs through the midpoint of the canthi and its roll makes them level; stored pixels
    follow docs/conventions.md (centers at integers). The stored picture is the runtime's eye patch
    (``vcam.geometry.patch``) at 1.5 times its size with a margin of 8 patch px.
"""

from dataclasses import dataclass

import numpy as np

from vcam.geometry.angles import Float, pitch_yaw_from_vector
from vcam.geometry.patch import CANTHUS_SPAN_PX, CANTHUS_Y_PX, PATCH_SIZE

SCALE, MARGIN_PX = 1.5, 8
WIDTH, HEIGHT = (int(SCALE * (side + 2 * MARGIN_PX)) for side in PATCH_SIZE)


def stored_from_patch(points: Float) -> Float:
    """Stored px (..., 2) of patch px."""
    return SCALE * (np.asarray(points, np.float64) + MARGIN_PX) + (SCALE - 1) / 2


_MIDDLE = (PATCH_SIZE[0] - 1) / 2
CANTHI_PX = stored_from_patch(
    np.array([[_MIDDLE - CANTHUS_SPAN_PX / 2, CANTHUS_Y_PX], [_MIDDLE + CANTHUS_SPAN_PX / 2, CANTHUS_Y_PX]])
)
"""(2, 2) where the inner and the outer canthus lie in every stored picture."""


@dataclass(frozen=True, slots=True)
class View:
    """How one scene's region frame comes to lie before the camera, and the camera's own numbers."""

    rotation: Float
    """(3, 3) region frame to camera frame."""
    translation: Float
    """(3,) mm: where the eyeball's center lies."""
    focal_px: float
    center_px: Float
    """(2,) stored px of the camera's axis."""

    @classmethod
    def onto(cls, canthi: Float, head: tuple[float, float], distance_mm: float) -> "View":
        """The camera ``distance_mm`` before the canthi (2, 3) of a face turned by ``head`` (pitch, yaw)."""
        turned = _turn(*head)
        middle = np.asarray(canthi, np.float64).mean(axis=0)
        away = np.array([0.0, 0.0, distance_mm])
        flat = _flatten((canthi - middle) @ turned.T + away)
        across = flat[1] - flat[0]
        rotation = _roll(-float(np.arctan2(across[1], across[0]))) @ turned
        focal = float(np.linalg.norm(CANTHI_PX[1] - CANTHI_PX[0]) / np.linalg.norm(across))
        translation = away - rotation @ middle
        center = CANTHI_PX.mean(axis=0) - focal * _flatten(canthi @ rotation.T + translation).mean(axis=0)
        return cls(rotation, translation, focal, center)

    def to_camera(self, points: Float) -> Float:
        """Points (..., 3) of the region frame in the camera frame, mm."""
        return points @ self.rotation.T + self.translation

    def project(self, points: Float) -> Float:
        """Stored px (..., 2) of camera-frame points (..., 3)."""
        return self.focal_px * _flatten(points) + self.center_px

    def rays(self, pixels: Float) -> Float:
        """Unit directions (..., 3), camera frame, through stored px (..., 2)."""
        flat = (pixels - self.center_px) / self.focal_px
        rays = np.concatenate([flat, np.ones((*flat.shape[:-1], 1))], axis=-1)
        return rays / np.linalg.norm(rays, axis=-1, keepdims=True)

    def head_angles(self) -> tuple[float, float]:
        """Pitch and yaw, rad, of where the face points."""
        pitch, yaw = pitch_yaw_from_vector(self.rotation @ np.array([0.0, 0.0, -1.0]))
        return float(pitch), float(yaw)

    def clip_matrix(self, near_mm: float, far_mm: float) -> Float:
        """(4, 4) camera frame to clip space, column vectors; the picture's row 0 lands at the bottom."""
        depth = far_mm - near_mm
        shift = 2 * (self.center_px + 0.5) / (WIDTH, HEIGHT) - 1
        return np.array(
            [
                [2 * self.focal_px / WIDTH, 0, shift[0], 0],
                [0, 2 * self.focal_px / HEIGHT, shift[1], 0],
                [0, 0, (far_mm + near_mm) / depth, -2 * far_mm * near_mm / depth],
                [0, 0, 1, 0],
            ]
        )


def _flatten(points: Float) -> Float:
    return points[..., :2] / points[..., 2:]


def _turn(pitch: float, yaw: float) -> Float:
    """(3, 3) that turns a face at rest (along -z) by pitch and then by yaw."""
    c, s = np.cos(pitch), np.sin(pitch)
    lift = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]) @ lift


def _roll(angle: float) -> Float:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
