"""What stands between camera and eye, drawn over both pictures of a pair: glasses with reflections, hair.

Sizes are in eye widths (the distance of the canthi), x outward and y down from the middle of the canthi.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from training.data.samples import Floats, Image, Mask

_SHIFT = 4
"""Fractional bits of OpenCV's drawing coordinates."""


@dataclass(frozen=True, slots=True)
class OcclusionRange:
    """How often something stands before the eye."""

    glasses_share: float = 0.15
    reflection_share: float = 0.6
    """Of the glasses."""
    hair_share: float = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Occlusion:
    """A layer over a picture (h, w)."""

    color: Floats
    """(h, w, 3) 0 to 255, already multiplied by the opacity."""
    clear: Floats
    """(h, w, 1) how much of the picture shows through."""

    @classmethod
    def draw(
        cls, canthi: Floats, shape: tuple[int, int], ranges: OcclusionRange, rng: np.random.Generator
    ) -> "Occlusion | None":
        """Something before the eye of canthi (2, 2) in a picture of shape (h, w); mostly None."""
        glasses, hair = rng.random() < ranges.glasses_share, rng.random() < ranges.hair_share
        if not (glasses or hair):
            return None
        clear: Floats = np.ones((*shape, 1), np.float32)
        black: Floats = np.zeros((*shape, 3), np.float32)
        layer = cls(black, clear)
        pen = _Pen(canthi.astype(np.float64), shape)
        if glasses and rng.random() < ranges.reflection_share:
            layer = layer._over(
                _reflection(pen, rng), rng.uniform((150, 160, 170), 255), rng.uniform(0.08, 0.5)
            )
        if glasses:
            layer = layer._over(_rim(pen, rng), rng.uniform(5, 90) * rng.uniform(0.7, 1.3, 3), 1.0)
        if hair:
            layer = layer._over(_hair(pen, rng), rng.uniform(10, 110) * np.array([1.0, 0.8, 0.65]), 0.9)
        return layer

    def over(self, picture: Image) -> Image:
        """The picture (h, w, 3) behind this layer."""
        return np.asarray(cv2.convertScaleAbs(picture * self.clear + self.color), np.uint8)

    def seen(self, mask: Mask) -> Mask:
        """A mask without what this layer hides."""
        return np.where(self.clear[..., 0] > 0.75, mask, np.uint8(0))

    def _over(self, shape: Mask, color: np.ndarray, opacity: float) -> "Occlusion":
        alpha = np.asarray(shape * (opacity / 255.0), np.float32)[..., None]
        hue = np.clip(color, 0, 255).astype(np.float32)
        drawn = np.asarray(self.color * (1 - alpha) + alpha * hue, np.float32)
        return Occlusion(drawn, np.asarray(self.clear * (1 - alpha), np.float32))


class _Pen:
    """Draws on a mask in eye widths."""

    def __init__(self, canthi: np.ndarray, shape: tuple[int, int]) -> None:
        self._x = canthi[1] - canthi[0]
        self._y = np.array([-self._x[1], self._x[0]])
        self._middle = canthi.mean(axis=0)
        self.width_px = float(np.hypot(*self._x))
        self.shape = shape

    def points(self, places: np.ndarray) -> np.ndarray:
        """(K, 1, 2) fixed-point px of places (K, 2)."""
        px = self._middle + places[:, :1] * self._x + places[:, 1:] * self._y
        return np.rint(px * 2**_SHIFT).astype(np.int32)[:, None]

    def line(self, mask: Mask, places: np.ndarray, width: float, *, closed: bool = False) -> None:
        """A stroke through places (K, 2)."""
        thick = max(1, round(width * self.width_px))
        cv2.polylines(mask, [self.points(places)], closed, 255, thick, cv2.LINE_AA, _SHIFT)


def _rim(pen: _Pen, rng: np.random.Generator) -> Mask:
    """A lens's rim: an ellipse drawn toward a rectangle."""
    mask = np.zeros(pen.shape, np.uint8)
    turn = np.linspace(0, 2 * math.pi, 48, endpoint=False)
    power = rng.uniform(0.55, 1.0)
    c, s = np.cos(turn), np.sin(turn)
    x = np.sign(c) * np.abs(c) ** power * rng.uniform(0.75, 1.05) + rng.uniform(-0.08, 0.15)
    y = np.sign(s) * np.abs(s) ** power * rng.uniform(0.5, 0.75) + rng.uniform(-0.05, 0.2)
    pen.line(mask, np.column_stack([x, y]), rng.uniform(0.02, 0.09), closed=True)
    return np.asarray(cv2.GaussianBlur(mask, (3, 3), 0), np.uint8)


def _reflection(pen: _Pen, rng: np.random.Generator) -> Mask:
    """A window or a screen in the lens: a soft four-sided patch of light."""
    mask = np.zeros(pen.shape, np.uint8)
    center = rng.uniform((-0.6, -0.35), (0.6, 0.35))
    half = rng.uniform(0.05, 0.35, 2)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half + rng.uniform(-0.06, 0.06, (4, 2))
    cv2.fillPoly(mask, [pen.points(center + corners)], 255, cv2.LINE_AA, _SHIFT)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), pen.width_px * rng.uniform(0.01, 0.06)), np.uint8)


def _hair(pen: _Pen, rng: np.random.Generator) -> Mask:
    """A few strands that hang from above."""
    mask = np.zeros(pen.shape, np.uint8)
    root, lean = rng.uniform(-0.8, 0.8), rng.uniform(-0.5, 0.5)
    fall = np.linspace(-0.9, rng.uniform(-0.2, 0.9), 8)
    for _ in range(int(rng.integers(2, 9))):
        x = root + rng.normal(0, 0.12) + lean * (fall + 0.9) + rng.normal(0, 0.08) * (fall + 0.9) ** 2
        pen.line(mask, np.column_stack([x, fall]), 0.008)
    return np.asarray(cv2.GaussianBlur(mask, (3, 3), 0), np.uint8)
