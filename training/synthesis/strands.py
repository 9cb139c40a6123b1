"""Hair as thin ribbons: scalp hair that stays put on the head, lashes that follow the lids."""

from dataclasses import dataclass

import numpy as np

from training.synthesis.face_model import FaceModel, Index
from vcam.geometry.angles import Float

LASH_COLUMNS, LASH_ROWS = 19, 6


@dataclass(frozen=True, slots=True)
class Strands:
    """Polylines of equal length, root first."""

    points: Float
    """(S, P, 3) mm."""
    width: Float
    """(S,) at the root, mm."""
    shade: Float
    """(S,) brightness about 1."""
    normals: Float
    """(S, 3) outward normal of the surface that they grow from."""

    def spread(self, values: Float) -> Float:
        """(2 S P, 3) values per strand (S, 3) or per point (S, P, 3), for both edges of each ribbon."""
        count, points = self.points.shape[:2]
        per_point = values if values.ndim == 3 else values[:, None]
        return np.broadcast_to(per_point[:, :, None], (count, points, 2, 3)).reshape(-1, 3)

    def attributes(self) -> dict[str, Float]:
        """Shape of the ribbons as vertex attributes of ``strand.vert``."""
        return {
            "position": self.spread(self.points),
            "tangent": self.spread(np.gradient(self.points, axis=1)),
            "root_normal": self.spread(self.normals),
        }

    def ribbon(self) -> Float:
        """(2 S P, 4): side -1 or 1, place along the strand 0 to 1, width mm, shade."""
        along = np.broadcast_to(np.linspace(0, 1, self.points.shape[1]), self.points.shape[:2])
        parts = np.broadcast_arrays(along, self.width[:, None], self.shade[:, None])
        edges = [np.stack([np.full(along.shape, side), *parts], axis=-1) for side in (-1.0, 1.0)]
        return np.stack(edges, axis=2).reshape(-1, 4)


@dataclass(frozen=True, slots=True)
class Lashes:
    """Lashes as weighted sums of mesh vertices, so that every expression carries them along."""

    vertices: Index
    """(S, P, 4) vertex numbers."""
    weights: Float
    """(S, P, 4)."""
    width: Float
    shade: Float

    def pose(self, vertices: Float, eye_middles: Float) -> Strands:
        """The lashes on posed ``vertices`` (V, 3); normals point away from the nearer eye middle (2, 3)."""
        points = np.einsum("spkc,spk->spc", vertices[self.vertices], self.weights)
        roots = points[:, 0]
        nearer = np.linalg.norm(roots[:, None] - eye_middles, axis=2).argmin(axis=1)
        outward = roots - eye_middles[nearer]
        return Strands(
            points, self.width, self.shade, outward / np.linalg.norm(outward, axis=1, keepdims=True)
        )


def _lash_cards(model: FaceModel) -> list[Index]:
    """The model's lash sheets, each (rows, columns) vertex numbers, root row first."""
    quads = model.quads_of("M_EyeLashes")
    corner_uv = dict(zip(model.quads[quads].ravel(), model.quad_uvs[quads].ravel(), strict=True))
    numbers = np.array(sorted(corner_uv))
    uv = model.uv[[corner_uv[n] for n in numbers]]
    cards: list[Index] = []
    for first in range(0, len(numbers), LASH_COLUMNS * LASH_ROWS):
        part = slice(first, first + LASH_COLUMNS * LASH_ROWS)
        order = np.lexsort((uv[part, 0], -uv[part, 1].round(3)))
        cards.append(numbers[part][order].reshape(LASH_ROWS, LASH_COLUMNS))
    return cards


def lashes(model: FaceModel, rng: np.random.Generator, per_card: int = 44, points: int = 7) -> Lashes:
    """Lashes on the model's lash sheets; each ends at its own length and leans a little."""
    numbers: list[Index] = []
    weights: list[Float] = []
    for card in _lash_cards(model):
        is_upper = model.neutral[card[0], 1].mean() < 0.0
        count = per_card if is_upper else per_card * 2 // 3
        column = np.sort(rng.uniform(0.8, LASH_COLUMNS - 1.8, count))
        column += rng.normal(0, 0.12, count)
        length = rng.uniform(0.45, 0.95, count) * (1.0 if is_upper else 0.55)
        lean = rng.normal(0, 0.5, count)
        t = np.linspace(0, 1, points)
        u = np.clip(column[:, None] + lean[:, None] * t**2, 0, LASH_COLUMNS - 1.001)
        v = np.clip(length[:, None] * t * (LASH_ROWS - 1), 0, LASH_ROWS - 1.001)
        iu, iv = u.astype(int), v.astype(int)
        fu, fv = u - iu, v - iv
        corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
        numbers.append(np.stack([card[iv + dv, iu + du] for dv, du in corners], axis=-1))
        weights.append(
            np.stack([(fv if dv else 1 - fv) * (fu if du else 1 - fu) for dv, du in corners], axis=-1)
        )
    total = sum(len(n) for n in numbers)
    return Lashes(
        np.concatenate(numbers).astype(np.int64),
        np.concatenate(weights),
        rng.uniform(0.09, 0.14, total),
        rng.uniform(0.7, 1.2, total),
    )
