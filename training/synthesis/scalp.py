"""A short haircut: where hair grows on the head model and how each strand lies."""

import numpy as np

from training.synthesis.face_model import Index
from training.synthesis.skin import smooth_step
from training.synthesis.strands import Strands
from vcam.geometry.angles import Float

# Hairline: height (head frame y, mm) over the angle about the head's upright axis, 0 in front.
_LINE_DEG = (0, 22, 38, 50, 62, 74, 82, 90, 104, 116, 135, 180)
_LINE_Y = (-63, -64, -60, -50, -30, -4, 10, -18, -22, 6, 44, 58)
_AXIS_Z = 80.0
_SKULL_RADIUS = 95.0
_ATTEMPTS, _LOCKS, _POINTS = 34_000, 700, 7


def growth(head: Float) -> Float:
    """(V,) share of full hair at points (V, 3) mm of the head: 0 below the hairline, 1 well above."""
    angle = np.degrees(np.arctan2(np.abs(head[:, 0]), _AXIS_Z - head[:, 2]))
    ragged = (
        1.8 * np.sin(head[:, 0] * 0.13 + 0.6)
        + 1.1 * np.sin(head[:, 0] * 0.47 + 1.0)
        + np.sin(head[:, 1] * 0.7)
    )
    above = np.interp(angle, _LINE_DEG, _LINE_Y) - head[:, 1] + ragged
    return smooth_step(-6.0, 14.0, above)


def _roots(
    vertices: Float, normals: Float, triangles: Index, rng: np.random.Generator
) -> tuple[Float, Float]:
    """Roots and normals (S, 3), spread over the area where hair grows."""
    corners = vertices[triangles]
    sides = corners[:, 1:] - corners[:, :1]
    area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1)
    chance = area * growth(corners.mean(axis=1))
    chosen = rng.choice(len(triangles), _ATTEMPTS, p=chance / chance.sum())
    a, b = rng.random((2, _ATTEMPTS))
    flip = a + b > 1
    a[flip], b[flip] = 1 - a[flip], 1 - b[flip]
    weights = np.stack([1 - a - b, a, b], axis=1)
    roots = np.einsum("sk,skc->sc", weights, corners[chosen])
    grown = np.einsum("sk,skc->sc", weights, normals[triangles[chosen]])
    keep = rng.random(_ATTEMPTS) < growth(roots)
    return roots[keep], grown[keep] / np.linalg.norm(grown[keep], axis=1, keepdims=True)


def _combed(roots: Float, normals: Float) -> Float:
    """(S, 3) unit directions along the scalp: top swept back and aside, sides down and back."""
    top = 1 - smooth_step(-75.0, -30.0, roots[:, 1])
    sides = np.array([0.0, 0.85, 0.5])
    swept = np.array([0.55, -0.25, 0.9])
    wanted = top[:, None] * swept + (1 - top[:, None]) * sides
    along = wanted - normals * (wanted * normals).sum(axis=1, keepdims=True)
    return along / np.linalg.norm(along, axis=1, keepdims=True)


def haircut(vertices: Float, normals: Float, triangles: Index, rng: np.random.Generator) -> Strands:
    """Strands on a head at rest: vertices (V, 3) mm, unit normals (V, 3), triangles (T, 3)."""
    roots, outward = _roots(vertices, normals, triangles, rng)
    # Locks: each strand leans toward the nearest of a few hundred guides and shares its mood.
    guides = roots[rng.choice(len(roots), _LOCKS, replace=False)]
    nearest = _nearest(roots, guides)
    mood = rng.normal(0, 1, (len(guides), 3))[nearest]
    along = _combed(roots, outward) + 0.22 * mood + rng.normal(0, 0.10, roots.shape)
    along -= outward * (along * outward).sum(axis=1, keepdims=True)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    top = 1 - smooth_step(-80.0, -35.0, roots[:, 1])
    length = (9 + 31 * top) * rng.uniform(0.75, 1.1, len(roots)) * (0.55 + 0.45 * growth(roots))
    lift = (1.5 + 9.5 * top) * (1 + 0.25 * mood[:, 0])
    t = np.linspace(0, 1, _POINTS)[None, :, None]
    sag = (length**2 / (2 * _SKULL_RADIUS) * 0.9)[:, None, None] * t**2
    rise = lift[:, None, None] * np.sin(0.5 * np.pi * np.minimum(1.35 * t, 1.15))
    shape = (
        roots[:, None] + outward[:, None] * (rise - sag + 0.2) + along[:, None] * length[:, None, None] * t
    )
    shape += 0.45 * (guides[nearest] - roots)[:, None] * t**1.5
    total = len(roots)
    return Strands(shape, rng.uniform(0.10, 0.20, total), rng.uniform(0.65, 1.25, total), outward)


def _nearest(points: Float, guides: Float) -> Index:
    """(N,) number of the closest guide, in slices that keep the distance table small."""
    parts = [
        ((part[:, None] - guides[None]) ** 2).sum(axis=2).argmin(axis=1)
        for part in np.array_split(points, max(1, len(points) // 2000))
    ]
    return np.concatenate(parts)
