"""One person's eye region at rest: a shape of the morphable model with the lids that people have."""

from dataclasses import dataclass

import numpy as np

from training.synthesis.eyes.assets import RegionTables
from training.synthesis.eyes.loops import (
    ANTERIOR,
    BROW_SIDE,
    CREASE,
    LOOPS,
    OUTER_CORNER,
    OUTER_LID,
    PEAK,
    UPPER,
)
from vcam.geometry.angles import Float

MARGIN_RADIUS_MM = 13.05
"""Distance of the mean shape's interior margin from the origin."""
BROW_FROM_MM, BROW_TO_MM = 12.0, 20.0
"""Height above the eyeball's center over which a low brow sets in."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What distinguishes one eye region from the mean; lengths in mm."""

    coefficients: tuple[float, ...]
    """20 standard deviations of the morphable model."""
    scale: float = 1.0
    """Size of the region against its eyeball."""
    depth_mm: float = 0.0
    """How far the region lies deeper than its eyeball asks for."""
    hood_mm: float = 0.0
    """How far the skin above the crease hangs over the upper lid."""
    epicanthus_mm: float = 0.0
    """How far a fold reaches over the inner corner."""
    brow_drop_mm: float = 0.0


def rest_shape(tables: RegionTables, shape: Shape, eyeball_radius_mm: float) -> Float:
    """(229, 3) control mesh at rest, region frame, fitted to an eyeball around the origin."""
    vertices = tables.mean + tables.modes @ np.asarray(shape.coefficients)
    vertices = vertices * shape.scale
    vertices[:, 2] += MARGIN_RADIUS_MM * shape.scale - eyeball_radius_mm + shape.depth_mm
    _lower_brow(vertices, shape.brow_drop_mm)
    _hang_hood(vertices, shape.hood_mm)
    _fold_over_inner_corner(vertices, shape.epicanthus_mm)
    return vertices


def canthi(control: Float) -> Float:
    """(2, 3) inner and outer canthus of a control mesh (229, 3)."""
    return np.stack([control[LOOPS[ANTERIOR, [0, 19]]].mean(axis=0), control[LOOPS[ANTERIOR, OUTER_CORNER]]])


def _lower_brow(vertices: Float, drop_mm: float) -> None:
    height = np.clip((-vertices[:, 1] - BROW_FROM_MM) / (BROW_TO_MM - BROW_FROM_MM), 0, 1)
    vertices[:, 1] += drop_mm * height * height * (3 - 2 * height)


def _hang_hood(vertices: Float, hood_mm: float) -> None:
    """Move the crease and what lies above it down and forward, most over the outer half of the lid."""
    along = np.sin(np.pi * np.minimum(1.0, (UPPER + 1.5) / 11.5)) ** 0.6
    for loop, down, forward in ((OUTER_LID, 0.75, 0.0), (CREASE, 1.0, 0.45), (BROW_SIDE, 0.6, 0.35)):
        chosen = LOOPS[loop, UPPER]
        vertices[chosen, 1] += down * hood_mm * along
        vertices[chosen, 2] -= forward * hood_mm * along


def _fold_over_inner_corner(vertices: Float, fold_mm: float) -> None:
    """Draw the upper lid's skin down and outward over the caruncle."""
    columns, weight = np.array([19, 0, 1, 2, 3, 4]), np.array([0.4, 0.9, 1.0, 0.8, 0.45, 0.15])
    for loop, share in ((PEAK, 0.7), (OUTER_LID, 1.0), (CREASE, 0.8), (BROW_SIDE, 0.35)):
        chosen = LOOPS[loop, columns]
        vertices[chosen] += fold_mm * share * weight[:, None] * np.array([0.8, 0.45, -0.55])
