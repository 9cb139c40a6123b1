"""What a ray of sight meets on an eyeball: the white of the eye, or through the cornea the plane of the iris.

Convention
    Eye frame: origin at the ball's center, the optical axis along -z, mm. ``shaders/ball.frag`` traces
    the same surfaces; a test compares the two through the rendered iris.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.geometry.angles import Float

REFRACTIVE_INDEX = 1.336
IRIS_DEPTH_MM = 0.5
"""How far the plane of the iris lies behind that of the limbus."""


@dataclass(frozen=True, slots=True)
class Eyeball:
    """A sphere with a bulging, refracting cornea; mm."""

    radius_mm: float
    limbus_mm: float
    """Radius of the iris's outer edge."""
    cornea_mm: float
    """Radius of curvature of the cornea."""
    pupil_mm: float

    @property
    def limbus_z(self) -> float:
        """Where the plane of the limbus lies."""
        return -float(np.sqrt(self.radius_mm**2 - self.limbus_mm**2))

    @property
    def cornea_center_z(self) -> float:
        """Center of the cornea's sphere, which meets the ball's in the limbus."""
        return self.limbus_z + float(np.sqrt(self.cornea_mm**2 - self.limbus_mm**2))

    def limbus(self, count: int) -> Float:
        """(count, 3) points of the limbus, evenly spaced."""
        turn = np.arange(count) * (2 * np.pi / count)
        sides = self.limbus_mm * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        return np.column_stack([sides, np.full(count, self.limbus_z)])

    def trace(self, origins: Float, rays: Float) -> tuple[Float, NDArray[np.bool_]]:
        """What rays from outside meet.

        Args:
            origins: (N, 3).
            rays: (N, 3) unit.

        Returns:
            (N, 3) points on the iris's plane or on the ball (NaN where a ray passes by), and (N,) whether
            the iris was met.
        """
        on_ball = origins + _first_hit(origins, rays, self.radius_mm)[:, None] * rays
        middle = np.array([0.0, 0.0, self.cornea_center_z])
        front = origins + _first_hit(origins - middle, rays, self.cornea_mm)[:, None] * rays
        inside = refract(rays, (front - middle) / self.cornea_mm, 1 / REFRACTIVE_INDEX)
        plane = self.limbus_z + IRIS_DEPTH_MM
        with np.errstate(invalid="ignore", divide="ignore"):
            on_iris = front + inside * ((plane - front[:, 2]) / inside[:, 2])[:, None]
            is_iris = np.hypot(front[:, 0], front[:, 1]) < self.limbus_mm
            is_iris &= front[:, 2] < self.limbus_z
        return np.where(is_iris[:, None], on_iris, on_ball), is_iris


def refract(rays: Float, normals: Float, ratio: float) -> Float:
    """Snell's law for unit ``rays`` (N, 3) against outward unit ``normals`` (N, 3); as GLSL's refract."""
    with np.errstate(invalid="ignore"):
        cosine = -np.sum(rays * normals, axis=1, keepdims=True)
        inner = np.sqrt(1 - ratio * ratio * (1 - cosine * cosine))
        return ratio * rays + (ratio * cosine - inner) * normals


def _first_hit(origins: Float, rays: Float, radius: float) -> Float:
    """Distance (N,) along rays to a sphere about the origin; NaN where a ray passes by."""
    along = np.sum(origins * rays, axis=1)
    with np.errstate(invalid="ignore"):
        return -along - np.sqrt(along * along - np.sum(origins * origins, axis=1) + radius * radius)
