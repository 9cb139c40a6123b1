"""The skin as it is drawn: the smooth mesh with a skirt around it, so that no picture shows its edge."""

from collections import Counter

import numpy as np

from training.synthesis.eyes.assets import RegionTables
from training.synthesis.eyes.loops import ANTERIOR, CARUNCLE, CREASE, INTERIOR, LOOPS, OUTER_LID, PEAK, UPPER
from training.synthesis.face_model import Index
from vcam.geometry.angles import Float

SKIRT_MM = 34.0
PICTURE_MM = 68.0
"""What a skin picture spans."""


class Surface:
    """Vertices, triangles and lasting attributes of the skin."""

    def __init__(self, tables: RegionTables) -> None:
        self._refinement = tables.refinement
        edge = _outer_edge(tables.fine_triangles, tables.refinement @ tables.mean)
        self._rim = np.unique(edge)
        count = len(tables.refinement)
        place = {int(v): count + k for k, v in enumerate(self._rim)}
        far = np.array([[place[int(a)], place[int(b)]] for a, b in edge])
        skirt = np.concatenate(
            [np.column_stack([edge, far[:, 0]]), np.column_stack([edge[:, 1], far[:, ::-1]])]
        )
        self.triangles: Index = np.concatenate([tables.fine_triangles, skirt])
        rest = tables.refinement @ tables.mean
        outward = rest[self._rim].copy()
        outward[:, 2] = 0
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        # A temple and the far side of the nose fall away from the camera.
        self._outward = SKIRT_MM * (outward + np.outer(0.25 + 0.65 * outward[:, 0] ** 2, [0, 0, 1.0]))
        self.uv: Float = np.concatenate(
            [tables.uv, tables.uv[self._rim] + SKIRT_MM / PICTURE_MM * outward[:, :2]]
        )
        self._fine = tables.fine_triangles
        self._corners = _triangles_at_vertices(self._fine, count)

    def vertices(self, control: Float) -> Float:
        """(N, V, 3) drawn vertices of control meshes (N, 229, 3)."""
        count = len(control)
        flat = self._refinement @ control.transpose(1, 0, 2).reshape(control.shape[1], -1)
        smooth = flat.reshape(-1, count, 3).transpose(1, 0, 2)
        return np.concatenate([smooth, smooth[:, self._rim] + self._outward], axis=1)

    def normals(self, vertices: Float) -> Float:
        """(N, V, 3) unit normals that point out of the face; the skirt goes on with those of its rim."""
        a, b, c = (vertices[:, self._fine[:, k]] for k in range(3))
        facing = np.cross(b - a, c - a)
        facing = np.concatenate([facing, np.zeros_like(facing[:, :1])], axis=1)
        normals = facing[:, self._corners].sum(axis=2)
        normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-9)
        normals = np.concatenate([normals, normals[:, self._rim]], axis=1)
        # The file's winding decides the sign once: a face looks along -z.
        return -normals if normals[..., 2].mean() > 0 else normals

    def paint(self) -> Float:
        """(V, 3) lasting weights: wet (caruncle, margin), lash line, eye shadow; each 0 to 1."""
        weights = np.zeros((self._refinement.shape[1], 3))
        weights[LOOPS[INTERIOR], 0] = 1.0
        weights[LOOPS[ANTERIOR], 0] = 0.35
        weights[CARUNCLE, 0] = 1.0
        weights[LOOPS[ANTERIOR, UPPER], 1] = 1.0
        weights[LOOPS[ANTERIOR, 20 - UPPER], 1] = 0.45
        weights[LOOPS[PEAK, UPPER], 1] = 0.25
        weights[LOOPS[[PEAK, OUTER_LID, CREASE]][:, UPPER], 2] = np.array([0.8, 1.0, 0.7])[:, None]
        smooth = self._refinement @ weights
        return np.concatenate([smooth, smooth[self._rim]])


def _outer_edge(triangles: Index, vertices: Float) -> Index:
    """(E, 2) edges with one triangle only, far from the eye opening."""
    sides = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    seen = Counter(map(tuple, np.sort(sides, axis=1).tolist()))
    edge = np.array([side for side in sides.tolist() if seen[tuple(sorted(side))] == 1])
    return edge[np.linalg.norm(vertices[edge, :2], axis=2).min(axis=1) > 16.0]


def _triangles_at_vertices(triangles: Index, count: int) -> Index:
    """(count, most) triangle numbers at each vertex, filled up with the number of triangles."""
    lists: list[list[int]] = [[] for _ in range(count)]
    for number, triangle in enumerate(triangles.tolist()):
        for vertex in triangle:
            lists[vertex].append(number)
    most = max(map(len, lists))
    return np.array([numbers + [len(triangles)] * (most - len(numbers)) for numbers in lists])
