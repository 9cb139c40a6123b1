"""A pinhole camera known only by its field of view."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True)
class PinholeCamera:
    """Focal length and principal point in px; pixel centers at integer coordinates, no distortion."""

    focal_px: float
    center_px: tuple[float, float]

    @classmethod
    def from_field_of_view(cls, width: int, height: int, fov_deg: float) -> "PinholeCamera":
        """Camera whose *longer* image side spans ``fov_deg`` (so a portrait picture keeps its scale)."""
        focal = 0.5 * max(width, height) / np.tan(np.radians(fov_deg) / 2)
        return cls(float(focal), ((width - 1) / 2, (height - 1) / 2))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """(3, 3) intrinsic matrix."""
        (cx, cy), f = self.center_px, self.focal_px
        return np.array([[f, 0.0, cx], [0.0, f, cy], [0.0, 0.0, 1.0]])

    def project(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Image points (..., 2) in px of camera-frame points (..., 3) in mm, z > 0."""
        p = np.asarray(points_mm, np.float64)
        return p[..., :2] / p[..., 2:] * self.focal_px + np.array(self.center_px)
