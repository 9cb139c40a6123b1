"""Triangles of regular sheets: the front of an eyeball, ribbons of hair, cloth."""

import numpy as np

from training.synthesis.face_model import Index, triangles_from_quads
from vcam.geometry.angles import Float


def grid_triangles(rows: int, columns: int) -> Index:
    """(T, 3) triangles of a sheet whose vertices are numbered row by row."""
    index = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1)
    return triangles_from_quads(quads.reshape(-1, 4))


def ribbon_triangles(strands: int, points: int) -> Index:
    """(T, 3) triangles of ribbons with two vertices per point, strand after strand."""
    one = grid_triangles(points, 2)
    return (one[None] + 2 * points * np.arange(strands)[:, None, None]).reshape(-1, 3)


def eye_cap(rings: int = 40, around: int = 64) -> tuple[Float, Index]:
    """Front of the unit sphere, a little more than half: vertices (V, 3) about -z, triangles (T, 3)."""
    polar = np.linspace(0, np.radians(110), rings)[:, None]
    turn = np.linspace(0, 2 * np.pi, around)[None]
    sine = np.sin(polar)
    parts = np.broadcast_arrays(sine * np.cos(turn), sine * np.sin(turn), -np.cos(polar))
    return np.stack(parts, axis=-1).reshape(-1, 3), grid_triangles(rings, around)
