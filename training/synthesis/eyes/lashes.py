"""Lashes: curved cards along both margins that carry pictures of hairs, and move with the lids."""

from dataclasses import dataclass

import numpy as np

from training.synthesis.eyes.assets import RegionTables
from training.synthesis.eyes.loops import ANTERIOR, LOOPS
from training.synthesis.face_model import Index
from training.synthesis.grids import grid_triangles
from vcam.geometry.angles import Float

COLUMNS, ROWS = 28, 6
DROOP = 0.75
"""How far the upper lashes sink with a lid that shuts, rad, beyond what its way over the ball turns them."""


@dataclass(frozen=True, slots=True)
class Fringe:
    """How one lid's lashes grow; angles from the ball's outward direction, rad, away from the opening."""

    loop_columns: tuple[int, ...]
    away: float
    """-1 for the upper lid (up is -y), 1 for the lower one."""
    root_angle: float
    tip_angle: float
    fan: float
    """How far the tips spread sideways, share of the length."""


UPPER_FRINGE = Fringe(tuple(range(1, 11)), -1.0, float(np.radians(-28)), float(np.radians(42)), 0.35)
LOWER_FRINGE = Fringe(tuple(range(18, 9, -1)), 1.0, float(np.radians(12)), float(np.radians(62)), 0.3)


class LashCard:
    """One lid's card: ``COLUMNS`` by ``ROWS`` vertices, root row first."""

    def __init__(self, tables: RegionTables, fringe: Fringe) -> None:
        self._fringe = fringe
        # The smooth mesh has a vertex near every control vertex: the one it weighs most.
        self._roots = tables.refinement[:, LOOPS[ANTERIOR, list(fringe.loop_columns)]].argmax(axis=0)

    @staticmethod
    def triangles() -> Index:
        """(T, 3)."""
        return grid_triangles(ROWS, COLUMNS)

    @staticmethod
    def uv() -> Float:
        """(V, 2) picture coordinates, row 0 at the top: hairs hang from the picture's middle to its end."""
        across, along = np.meshgrid(np.linspace(0.01, 0.99, COLUMNS), np.linspace(0.502, 0.985, ROWS))
        return np.stack([across, along], axis=-1).reshape(-1, 2)

    def vertices(self, skin: Float, length_mm: float, closing: Float) -> Float:
        """(N, V, 3) on smooth meshes (N, F, 3), region frame, for how far the lids are shut (N,)."""
        roots = _resampled(skin[:, self._roots])
        outward = _unit(roots)
        along = _unit(np.gradient(roots, axis=1))
        away = np.cross(along, outward)
        away *= self._fringe.away * np.sign(away[..., 1:2])
        share = np.linspace(0, 1, ROWS)
        angle = self._fringe.root_angle + (self._fringe.tip_angle - self._fringe.root_angle) * share
        sunk = DROOP * np.clip(closing, 0, 1) if self._fringe.away < 0 else np.zeros(len(skin))
        angles = angle[None, :, None, None] - sunk[:, None, None, None]
        steps = np.where(share > 0, length_mm / (ROWS - 1), 0.0)[:, None, None]
        forward, rise = np.cumsum(np.cos(angles) * steps, axis=1), np.cumsum(np.sin(angles) * steps, axis=1)
        # Hairs near the corners are shorter and lean outward.
        place = np.linspace(-1, 1, COLUMNS)
        size = 1 - 0.45 * np.abs(place) ** 3
        lean = self._fringe.fan * place * length_mm
        rows = roots[:, None] + size[:, None] * (forward * outward[:, None] + rise * away[:, None])
        rows[..., 0] += share[:, None] ** 1.5 * lean
        return rows.reshape(len(skin), -1, 3)


def _resampled(points: Float) -> Float:
    """(N, COLUMNS, 3) along polylines (N, K, 3), rounded by Catmull-Rom splines."""
    count = points.shape[1]
    at = np.linspace(0, count - 1, COLUMNS)
    k = np.minimum(at.astype(int), count - 2)
    t = (at - k)[:, None]
    before, after = points[:, np.maximum(k - 1, 0)], points[:, np.minimum(k + 2, count - 1)]
    here, there = points[:, k], points[:, k + 1]
    return 0.5 * (
        2 * here
        + (there - before) * t
        + (2 * before - 5 * here + 4 * there - after) * t**2
        + (3 * here - before - 3 * there + after) * t**3
    )


def _unit(vectors: Float) -> Float:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)
