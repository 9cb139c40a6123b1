"""The layers of an eye's picture: highlight, sclera and iris, taken apart and made whole.

All pictures are (h, w, 3) float32 BGR in levels 0..255 and masks (h, w) float32 in [0, 1], on one crop
of the frame; coordinates are float32 arrays, px of that crop with pixel centers at integers.
"""

from collections.abc import Sequence
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
    t = ((x - np.float32(start)) * np.float32(1.0 / (stop - start))).clip(0, 1)
    return t * t * (3 - 2 * t)


def per_channel(mask: Float) -> Float:
    """(h, w, 3) of a mask (h, w): numpy multiplies it several times as fast as ``mask[..., None]``."""
    return np.asarray(cv2.merge((mask, mask, mask)), np.float32)


def mix(one: Float, other: Float, share: Float) -> Float:
    """``one`` where the mask ``share`` is 0, ``other`` where it is 1."""
    return one + (other - one) * per_channel(share)


_STANDS_OUT = ramp(np.arange(256, dtype=np.float32), 18, 45)
"""How much of a highlight a pixel is, by how many levels it is brighter than what is around it."""


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
        (cx, cy), scale = self.center, self.radius * (a * d - b * b)
        p, q, r = d / scale, -b / scale, a / scale
        return _affine(((p, q), (q, r)), x, y, (-p * cx - q * cy, -q * cx - r * cy))

    def distance(self, x: Float, y: Float) -> Float:
        """Distance from the center of places x, y, in iris radii."""
        return length(*self.unit(x, y))

    def place(self, ux: Float, uy: Float) -> tuple[Float, Float]:
        """Places x, y of unit-disc coordinates."""
        return _affine((self.shape * self.radius).tolist(), ux, uy, self.center)

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


def length(x: Float, y: Float) -> Float:
    """Lengths of vectors; several times as fast as ``np.hypot``, which minds overflow."""
    return np.sqrt(x * x + y * y)


def _affine(
    matrix: Sequence[Sequence[float]], x: Float, y: Float, offset: tuple[float, float] = (0.0, 0.0)
) -> tuple[Float, Float]:
    """``matrix @ (x, y) + offset`` for coordinates of the same shape, float32."""
    ((a, b), (c, d)), (ox, oy) = matrix, offset
    u, v = cv2.addWeighted(x, a, y, b, ox), cv2.addWeighted(x, c, y, d, oy)
    return np.asarray(u, np.float32), np.asarray(v, np.float32)


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
    green = crop[..., 1]
    # an opening never brightens, so that the difference fits into a byte
    spot = cv2.LUT(green - opened[..., 1], _STANDS_OUT) * on_iris
    spot *= ramp(green.astype(np.float32), 0.5 * sclera_level, 0.75 * sclera_level)
    spot = np.asarray(cv2.GaussianBlur(cv2.dilate(spot, _SPOT), (0, 0), 0.7), np.float32)
    picture = crop.astype(np.float32)
    glow = (picture - opened) * per_channel(spot)
    return picture - glow, glow


def sclera_level(crop: NDArray[np.uint8], sclera: Float) -> float:
    """Brightness of a well-lit sclera where the mask says that it is seen; 1 where none is."""
    mean, deviation = cv2.meanStdDev(crop[..., 1], mask=(sclera > 0.5).view(np.uint8))
    return max(float(mean.item() + deviation.item()), 1.0)


def spread_sclera(clean: Float, sclera: Float, level: float, eye_width: float) -> Float:
    """A smooth picture of the sclera everywhere, from where it is seen (mask ``sclera``).

    Normalized convolution at two scales: near by where there is something to see, from farther away
    where the iris or a lid covers all of it, and the mean of all where even that is out of reach.
    ``level`` is ``sclera_level``: lashes are left out by it.
    """
    weight = sclera * ramp(clean[..., 1], 0.45 * level, 0.75 * level)
    stacked = cv2.merge((clean * per_channel(weight), weight))
    # what is about to be blurred loses nothing at half the size
    small = np.asarray(cv2.resize(stacked, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)
    near = cv2.GaussianBlur(small, (0, 0), max(0.035 * eye_width, 0.8))
    side = 2 * int(0.11 * eye_width) + 1
    total = near + np.float32(0.15) * cv2.blur(near, (side, side), borderType=cv2.BORDER_CONSTANT)
    everything = np.array(cv2.sumElems(small), np.float32)
    total += np.float32(0.02) * everything / max(everything[3], np.float32(1e-6))
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
        Colors (H, W, 3) and how much of each was really seen (H, W).
    """
    place = disc.place(*unit)
    x, y = down.tolist()
    mirror = (1 - 2 * x * x, -2 * x * y), (-2 * x * y, 1 - 2 * y * y)
    mirrored = disc.place(*_affine(mirror, *unit))
    direct, other = _sample(visible, *place), _sample(visible, *mirrored)
    hidden = _sample(clean, *mirrored)
    distance = length(*unit)
    if np.any((direct + other < 0.5) & (distance < 1)):
        # of the two sides of the pupil, the one with more eye beyond it
        aside = distance if disc.center[0] < visible.shape[1] / 2 else -distance
        beside = _sample(clean, *disc.place(aside * y, aside * -x))
        hidden = mix(beside, hidden, other)
    return mix(hidden, _sample(clean, *place), direct), direct


def _sample(picture: Float, x: Float, y: Float) -> Float:
    sampled = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)
