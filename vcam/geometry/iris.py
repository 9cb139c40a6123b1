"""Finds the limbus, the dark-to-light circle around the iris, in an eye patch.

The integro-differential idea of Daugman (1993): the best circle is the one across which brightness
rises most, summed over the part of it that the lids leave free. On a patch of fixed scale that sum is
a correlation of the picture's gradient with a ring of unit vectors, so that three small templates
try every center at once.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

_RING_SIGMA_PX = 0.9
_MIN_VISIBLE = 0.16
"""Share of the circle that must lie between the lids for a center to count."""
_REACH = np.array([0.7, 0.9])
"""How far from the guess the center may lie, iris radii; the mesh errs more vertically."""
_CANDIDATES = 3
"""How many of the sharpest circles are compared by what they enclose."""
_REGION_WEIGHT = 0.25
_INSIDE, _AROUND = (0.5, 0.8), (1.22, 1.4)
"""Radii of the circles that are compared, in those of a candidate."""
_ANGLES = np.linspace(0, 2 * np.pi, 32, endpoint=False)
_RADII = np.array([*_INSIDE, *_AROUND])[:, None]
_REGION_X, _REGION_Y = _RADII * np.cos(_ANGLES), _RADII * np.sin(_ANGLES)
"""(4, 32): places on those circles."""


@dataclass(frozen=True, slots=True)
class Limbus:
    """The iris border in patch px, and the brightness step across it (0..255 levels)."""

    center: NDArray[np.float64]
    radius: float
    contrast: float


@cache
def _ring(radius_quarters: int) -> tuple[Floats, Floats, Floats]:
    """Templates x, y and weight of a circle, radius in quarters of a px."""
    radius = radius_quarters / 4
    half = _half(radius)
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    distance = np.maximum(np.hypot(x, y), 1e-6)
    weight = np.exp(-0.5 * ((distance - radius) / _RING_SIGMA_PX) ** 2)
    # the sides count most: above and below, lids and lashes make edges of their own
    weight *= 0.35 + 0.65 * np.abs(x / distance)
    weight /= weight.sum()
    return weight * x / distance, weight * y / distance, weight


def _half(radius: float) -> int:
    return int(np.ceil(radius + 2.5 * _RING_SIGMA_PX))


def find_limbus(
    patch: NDArray[np.uint8],
    opening: NDArray[np.float64],
    guess: NDArray[np.float64],
    radius: float,
    scales: tuple[float, ...] = (0.94, 1.0, 1.06),
) -> Limbus | None:
    """The circle of about ``radius`` px near ``guess`` (2,) that best fits the limbus.

    Args:
        patch: (h, w, 3) BGR eye patch; the red channel is used, where skin and sclera are bright
            and irises of all colors dark.
        opening: (N, 2) polygon between the lids, patch px.
        guess: where the face mesh puts the iris center, patch px.
        radius: expected iris radius, patch px.
        scales: multiples of the radius to try; one is enough once the person's radius is known.

    Returns:
        None where the lids leave too little of the circle free.
    """
    red = cv2.GaussianBlur(patch[..., 2], (0, 0), 1.0).astype(np.float32)
    free = np.zeros(red.shape, np.uint8)
    cv2.fillPoly(free, [np.round(opening * 16).astype(np.int32)], 255, shift=4)
    visible = cv2.erode(free, np.ones((3, 3), np.uint8)).astype(np.float32) / 255
    layers = (
        cv2.Sobel(red, cv2.CV_32F, 1, 0, scale=1 / 8) * visible,
        cv2.Sobel(red, cv2.CV_32F, 0, 1, scale=1 / 8) * visible,
        visible,
    )
    middle = np.round(guess).astype(int)
    reach = np.ceil(_REACH * radius).astype(int)
    preference = _preference(guess - middle, reach, radius)
    found: list[Limbus] = []
    for scale in scales:
        quarters = max(8, round(4 * radius * scale))
        score = _score(layers, middle, reach, quarters) * preference
        for value, at in _peaks(score, 0.25 * radius):
            found.append(Limbus(middle - reach + at, quarters / 4, value * 2 * _RING_SIGMA_PX))
    if not found:
        return None
    merits = [limbus.contrast for limbus in found] + _REGION_WEIGHT * _region_steps(red, visible, found)
    return found[int(merits.argmax())]


def _peaks(score: Floats, apart: float) -> list[tuple[float, NDArray[np.float64]]]:
    """The best few places (x, y) of a score map, sub-pixel, with their values; the map is used up."""
    peaks: list[tuple[float, NDArray[np.float64]]] = []
    for _ in range(_CANDIDATES):
        _, value, _, (x, y) = cv2.minMaxLoc(score)
        if value <= 0:
            break
        peaks.append((value, np.array([x, y]) + _peak_offset(score, x, y)))
        cv2.circle(score, (x, y), max(1, round(apart)), 0.0, -1)
    return peaks


def _region_steps(red: Floats, visible: Floats, circles: list[Limbus]) -> NDArray[np.float64]:
    """How much brighter it is around each circle than inside, in levels, where the lids leave it free.

    An edge inside an iris, of a highlight say, may be as sharp as the limbus; it does not part dark from
    bright all around.
    """
    count = len(circles)
    (x, y), radius = np.array([c.center for c in circles]).T, np.array([c.radius for c in circles])
    at_x, at_y = (
        (center[:, None, None] + radius[:, None, None] * around).reshape(4 * count, -1).astype(np.float32)
        for center, around in ((x, _REGION_X), (y, _REGION_Y))
    )
    level = cv2.remap(red, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.remap(visible, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    # (circle, inside or around)
    light = (level * seen).reshape(count, 2, -1).sum(axis=-1)
    share = seen.reshape(count, 2, -1).sum(axis=-1)
    inside, around = (light / np.maximum(share, 1.0)).T
    return np.where(share[:, 1] >= 1.0, around - inside, 0.0)


def _score(
    layers: tuple[Floats, Floats, Floats], middle: NDArray[np.int_], reach: NDArray[np.int_], quarters: int
) -> Floats:
    """Mean brightness step (2 ry + 1, 2 rx + 1) over the visible arc, for centers around ``middle``."""
    half = _half(quarters / 4)
    (x0, y0), (x1, y1) = middle - reach - half, middle + reach + half + 1
    gx, gy, visible = (_window(layer, int(x0), int(y0), int(x1), int(y1)) for layer in layers)
    kx, ky, weight = _ring(quarters)
    rise = cv2.matchTemplate(gx, kx, cv2.TM_CCORR) + cv2.matchTemplate(gy, ky, cv2.TM_CCORR)
    share = cv2.matchTemplate(visible, weight, cv2.TM_CCORR)
    return np.where(share > _MIN_VISIBLE, rise / (share + 0.1), 0).astype(np.float32)


def _window(layer: Floats, x0: int, y0: int, x1: int, y1: int) -> Floats:
    """A box of the layer, zero where it lies outside."""
    h, w = layer.shape
    out = np.zeros((y1 - y0, x1 - x0), np.float32)
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, w), min(y1, h)
    if left < right and top < bottom:
        out[top - y0 : bottom - y0, left - x0 : right - x0] = layer[top:bottom, left:right]
    return out


def _preference(offset: NDArray[np.float64], reach: NDArray[np.int_], radius: float) -> Floats:
    """Weight of each center: 1 at the guess, 0 beyond the reach."""
    x = np.arange(-reach[0], reach[0] + 1) - offset[0]
    y = np.arange(-reach[1], reach[1] + 1) - offset[1]
    distance = (x[None] / (_REACH[0] * radius)) ** 2 + (y[:, None] / (_REACH[1] * radius)) ** 2
    return np.where(distance < 1, 1 - 0.3 * distance, 0).astype(np.float32)


def _peak_offset(score: Floats, x: int, y: int) -> NDArray[np.float64]:
    """Sub-pixel offset (2,) of the peak by a parabola through its neighbors."""
    h, w = score.shape
    if not (0 < x < w - 1 and 0 < y < h - 1):
        return np.zeros(2)
    return np.array([_vertex(score[y, x - 1 : x + 2]), _vertex(score[y - 1 : y + 2, x])])


def _vertex(three: Floats) -> float:
    before, at, after = three.tolist()
    bend = before - 2 * at + after
    return min(max(0.5 * (before - after) / bend, -0.5), 0.5) if bend < 0 else 0.0
