"""Where the lids cut the eyeball, seen from its center: the shader darkens the ball toward these lines."""

import numpy as np
from numpy.typing import NDArray

from training.synthesis.eyes.assets import RegionTables
from training.synthesis.eyes.loops import ANTERIOR, INTERIOR, LOOPS, PEAK
from vcam.geometry.angles import Float

LID_AZIMUTH = float(np.radians(75.0))
SAMPLES = 48
_UPPER, _LOWER = np.arange(3, 11), np.arange(17, 9, -1)
"""Columns whose interior margin lies on the ball, from the inner to the outer corner."""


class LidLine:
    """Follows the margins of one smooth mesh."""

    def __init__(self, tables: RegionTables) -> None:
        rings = LOOPS[[INTERIOR, ANTERIOR, PEAK]]
        # The smooth mesh has a vertex near every control vertex: the one it weighs most.
        self._rings = tables.refinement[:, rings.ravel()].argmax(axis=0).reshape(rings.shape)

    def elevations(self, skin: Float, radius_mm: float) -> NDArray[np.float32]:
        """(N, SAMPLES, 2) elevation of the upper and lower margin, rad, over azimuths -/+ LID_AZIMUTH.

        Azimuth grows to image right and elevation upward in the region frame; beyond the corners the
        lines run on level. ``skin``: (N, V, 3) smooth meshes, the ball's center at the origin.
        """
        at = np.linspace(-LID_AZIMUTH, LID_AZIMUTH, SAMPLES)
        lines = [
            [
                _elevation(_emerging(mesh[self._rings[:, columns]], radius_mm), at)
                for columns in (_UPPER, _LOWER)
            ]
            for mesh in skin
        ]
        return np.ascontiguousarray(np.array(lines, np.float32).transpose(0, 2, 1))


def _emerging(rings: Float, radius_mm: float) -> Float:
    """(K, 3) where lids emerge from the ball, from rings (3, K, 3) that start under its surface."""
    distance = np.linalg.norm(rings, axis=2)
    first = np.where(distance[1] > radius_mm, 0, 1)
    k = np.arange(rings.shape[1])
    inner, outer = distance[first, k], distance[first + 1, k]
    share = np.clip((radius_mm - inner) / np.maximum(outer - inner, 1e-6), 0, 1)[:, None]
    return (1 - share) * rings[first, k] + share * rings[first + 1, k]


def _elevation(line: Float, at: Float) -> Float:
    azimuth = np.arctan2(line[:, 0], -line[:, 2])
    elevation = np.arcsin(-line[:, 1] / np.linalg.norm(line, axis=1))
    order = np.argsort(azimuth)
    return np.interp(at, azimuth[order], elevation[order])
