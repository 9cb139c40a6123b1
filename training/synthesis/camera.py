"""A fixed camera that renders, as a webcam on top of a screen films."""

import math
from dataclasses import dataclass

import numpy as np

from vcam.geometry.angles import Float
from vcam.geometry.camera import PinholeCamera


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole in the middle of its picture; frames and pixels as in ``vcam.geometry.camera``."""

    width: int
    height: int
    focal_px: float

    @classmethod
    def from_horizontal_view(cls, width: int, height: int, view_deg: float) -> "Camera":
        """The camera that sees ``view_deg`` degrees from its left to its right edge."""
        return cls(width, height, 0.5 * width / math.tan(math.radians(view_deg) / 2))

    def project(self, points: Float) -> Float:
        """Pixels (..., 2) of camera-frame points (..., 3) mm in front of the lens."""
        return PinholeCamera(self.focal_px, ((self.width - 1) / 2, (self.height - 1) / 2)).project(points)

    def clip_matrix(self, near_mm: float = 100.0, far_mm: float = 3000.0) -> Float:
        """(4, 4) camera frame to OpenGL clip space, for column vectors."""
        depth = far_mm - near_mm
        return np.array(
            [
                [2 * self.focal_px / self.width, 0, 0, 0],
                [0, -2 * self.focal_px / self.height, 0, 0],
                [0, 0, (far_mm + near_mm) / depth, -2 * far_mm * near_mm / depth],
                [0, 0, 1, 0],
            ]
        )
