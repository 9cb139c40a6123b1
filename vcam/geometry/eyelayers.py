"""The layers of an eye's picture: highlight, sclera and iris, taken apart and made whole.

All pictures are (h, w, 3) float32 BGR in levels 0..255 and masks (h, w) float32 in [0, 1], on one crop
of the frame; coordinates are px of that crop with pixel centers at integers.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.floating[Any]]

LIMBUS_END = 1.12
"""Iris radii from the center at which the soft border of an iris has become sclera."""
_SPOT = np.ones((3, 3), np.uint8)


def ramp(x: Float, start: float, stop: float) -> Float:
    """0 up to ``start``, 1 from ``stop`` on, smooth between; ``start`` may be the larger."""
    t = np.clip((x - np.float32(start)) * np.float32(1.0 / (stop - start)), 0, 1)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True, slots=True)
class IrisDisc:
    """An iris in the picture: unit-disc coordinates u land at ``center + radius * shape @ u``."""

    center: tuple[float, float]
    radius: float
    shape: NDArray[np.float64]
    """(2, 2) symmetric, see ``eyeball.disc_shape``."""

    def unit(self, x: Float, y: Float) -> tuple[Float, Float]:
        """Unit-disc coordinates of places x, y."""
        (a, b), (_, d) = self.shape.tolist()
        scale = self.radius * (a * d - b * b)
        p, q, r = np.float32(d / scale), np.float32(-b / scale), np.float32(a / scale)
        dx, dy = x - np.float32(self.center[0]), y - np.float32(self.center[1])
        return p * dx + q * dy, q * dx + r * dy

    def distance(self, x: Float, y: Float) -> Float:
        """Distance from the center of places x, y, in iris radii."""
        return np.hypot(*self.unit(x, y))

    def place(self, ux: Float, uy: Float) -> tuple[Float, Float]:
        """Places x, y of unit-disc coordinates."""
        (a, b), (_, d) = (self.shape * self.radius).astype(np.float32)
        cx, cy = np.float32(self.center[0]), np.float32(self.center[1])
        return cx + a * ux + b * uy, cy + b * ux + d * uy

    def box(self, shape: tuple[int, ...]) -> tuple[slice, slice]:
        """The part of a picture of this shape that holds the iris with its border."""
        reach = LIMBUS_END * self.radius
        (x, y), (height, width) = self.center, shape[:2]
        top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 2)
        left, right = max(0, int(x - reach)), min(width, int(x + reach) + 2)
        return slice(min(top, height - 1), max(bottom, 1)), slice(min(left, width - 1), max(right, 1))

    def moved(self, dx: float, dy: float) -> "IrisDisc":
        """The same iris elsewhere."""
        return IrisDisc((self.center[0] + dx, self.center[1] + dy), self.radius, self.shape)


def lift_highlight(
    crop: NDArray[np.uint8], on_iris: Float, radius: float, sclera_level: float
) -> tuple[Float, Float]:
    """The crop without the lamp's reflection on the iris, and that reflection: they add up to the crop.

    A highlight is what a morphological opening smaller than the pupil takes away, if it is about as
    bright as the sclera: the pattern of a light iris is small too, but never that bright.
    """
    size = max(3, round(0.5 * radius) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    opened = cv2.morphologyEx(crop, cv2.MORPH_OPEN, kernel)
    green = crop[..., 1].astype(np.float32)
    spot = ramp(green - opened[..., 1], 18, 45) * ramp(green, 0.5 * sclera_level, 0.75 * sclera_level)
    spot = (spot * on_iris).astype(np.float32)
    spot = cv2.GaussianBlur(cv2.dilate(spot, _SPOT), (0, 0), 0.7)
    picture = crop.astype(np.float32)
    glow = (picture - opened) * spot[..., None]
    return picture - glow, glow


def sclera_level(crop: NDArray[np.uint8], sclera: Float) -> float:
    """Brightness of a well-lit sclera where the mask says that it is seen; 1 where none is."""
    clear = crop[..., 1][sclera > 0.5]
    return max(float(clear.mean() + clear.std()), 1.0) if clear.size else 1.0


def spread_sclera(clean: Float, sclera: Float, level: float, eye_width: float) -> Float:
    """A smooth picture of the sclera everywhere, from where it is seen (mask ``sclera``).

    Normalized convolution at two scales: near by where there is something to see, from farther away
    where the iris or a lid covers all of it, and the mean of all where even that is out of reach.
    ``level`` is ``sclera_level``: lashes are left out by it.
    """
    weight = sclera * ramp(clean[..., 1], 0.45 * level, 0.75 * level)
    stacked = _with_fourth(clean * weight[..., None], weight)
    # what is about to be blurred loses nothing at half the size
    small = np.asarray(cv2.resize(stacked, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    near = cv2.GaussianBlur(small, (0, 0), max(0.035 * eye_width, 0.8))
    side = 2 * int(0.11 * eye_width) + 1
    total = near + np.float32(0.15) * cv2.blur(near, (side, side), borderType=cv2.BORDER_CONSTANT)
    total += np.float32(0.02) * (small.sum(axis=(0, 1)) / max(float(small[..., 3].sum()), 1e-6))
    spread = total[..., :3] / np.maximum(total[..., 3:], np.float32(1e-6))
    return np.asarray(cv2.resize(spread, weight.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def complete_iris(
    clean: Float, visible: Float, disc: IrisDisc, unit: tuple[Float, Float], down: Float
) -> tuple[Float, Float]:
    """Colors of the iris at unit-disc coordinates, the hidden parts invented.

    What a lid hides is taken from the mirror image across the line between the canthi, and where that
    is hidden too, from beside the pupil at the same distance from the center.

    Args:
        clean: picture without highlights.
        visible: where the eyeball is seen.
        disc: the iris in that picture.
        unit: unit-disc coordinates (ux, uy) asked for, each (H, W).
        down: unit vector (2,) at right angles to the line between the canthi.

    Returns:
        Colors (H, W, 3) and how much of each was really seen (H, W, 1).
    """
    ux, uy = unit
    stacked = _with_fourth(clean, visible)
    below = 2 * (ux * down[0] + uy * down[1])
    # of the two sides of the pupil, the one with more eye beyond it
    aside = np.hypot(ux, uy) * np.float32(1 if disc.center[0] < visible.shape[1] / 2 else -1)
    seen = _sample(stacked, *disc.place(ux, uy))
    mirrored = _sample(stacked, *disc.place(ux - below * down[0], uy - below * down[1]))
    direct, other, hidden = seen[..., 3:], mirrored[..., 3:], mirrored[..., :3]
    if np.any((direct + other < 0.5)[np.abs(aside) < 1]):
        beside = _sample(stacked, *disc.place(aside * down[1], -aside * down[0]))[..., :3]
        hidden = beside + (hidden - beside) * other
    return hidden + (seen[..., :3] - hidden) * direct, direct


def _sample(picture: Float, x: Float, y: Float) -> Float:
    sampled = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)


def _with_fourth(picture: Float, mask: Float) -> Float:
    """(h, w, 4): the picture and a mask, to be sampled in one go."""
    stacked = np.empty((*mask.shape, 4), np.float32)
    stacked[..., :3], stacked[..., 3] = picture, mask
    return stacked
