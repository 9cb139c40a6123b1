"""The opening between the lids as two smooth curves, and the flow that raises or lowers them.

Convention
    Eye coordinates (s, t): origin midway between the canthi, s along the line from the canthus on the
    image's left to the one on its right, t at right angles to it and down; the unit is the eye's width,
    so the canthi lie at s = -0.5 and 0.5. Flows are backward: for each place of the new picture, where
    in the old one its color comes from.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.floating[Any]]

CREASE_REACH = 0.36
"""How far above the upper margin the skin moves with it, eye widths."""
LOWER_REACH = 0.18
"""How far below the lower margin the skin moves with it, eye widths."""
_RIDGE = (1e-5 * np.eye(4)).astype(np.float32)
"""Keeps the fit of a nearly straight, closed lid from swinging."""


@dataclass(frozen=True, slots=True)
class EyeAxes:
    """Where the eye coordinates lie in the picture."""

    center: Float
    along: Float
    width: float

    @classmethod
    def from_canthi(cls, one: ArrayLike, other: ArrayLike) -> "EyeAxes":
        """Axes from the two canthi (2,) in px, in either order."""
        a, b = sorted((np.asarray(one, np.float32), np.asarray(other, np.float32)), key=lambda p: float(p[0]))
        width = max(float(np.hypot(*(b - a))), 1e-3)
        return cls((a + b) / 2, (b - a) / np.float32(width), width)

    @property
    def down(self) -> Float:
        """Unit vector (2,) of growing t, px."""
        return np.array([-self.along[1], self.along[0]], np.float32)

    def of(self, x: Float, y: Float) -> tuple[Float, Float]:
        """Eye coordinates (s, t) of picture coordinates x and y in px, any shape."""
        dx, dy = x - self.center[0], y - self.center[1]
        ax, ay = self.along / np.float32(self.width)
        return dx * ax + dy * ay, dy * ax - dx * ay


@dataclass(frozen=True, slots=True)
class LidCurves:
    """Upper and lower margin: t = (1/4 - s^2) (c0 + c1 s + c2 s^2 + c3 s^3), so they meet in the canthi."""

    upper: Float
    lower: Float

    @classmethod
    def fit(cls, axes: EyeAxes, upper_lid: ArrayLike, lower_lid: ArrayLike) -> "LidCurves":
        """Least-squares curves through as many points (K, 2) of each lid, px."""
        points = np.stack([np.asarray(upper_lid, np.float32), np.asarray(lower_lid, np.float32)])
        s, t = axes.of(points[..., 0], points[..., 1])
        hump = np.maximum(0.25 - s * s, 0)
        basis = np.stack([hump, hump * s, hump * s * s, hump * s * s * s], axis=-1)
        transposed = basis.swapaxes(1, 2)
        upper, lower = np.linalg.solve(transposed @ basis + _RIDGE, transposed @ t[..., None])[..., 0]
        return cls(upper.astype(np.float32), lower.astype(np.float32))

    def margins(self, s: Float) -> tuple[Float, Float]:
        """Heights t of the upper and of the lower margin at s; both 0 beyond the canthi."""
        hump = np.maximum(0.25 - s * s, 0)
        (a, b, c, d), (e, f, g, h) = self.upper, self.lower
        return hump * (a + s * (b + s * (c + s * d))), hump * (e + s * (f + s * (g + s * h)))


@dataclass(frozen=True, slots=True)
class LidMove:
    """What a movement of the lids does to each pixel of the new picture; every field has its shape."""

    dt: Float
    """Color comes from t + dt."""
    old_upper: Float
    """Heights t of the margins before."""
    old_lower: Float
    upper: Float
    """Heights t of the margins after."""
    lower: Float

    def within(self, box: tuple[slice, slice]) -> "LidMove":
        """The part of it in a box."""
        parts = (self.dt, self.old_upper, self.old_lower, self.upper, self.lower)
        return LidMove(*(part[box] for part in parts))


def move_lids(s: Float, t: Float, curves: LidCurves, rise: float, lower_rise: float) -> LidMove:
    """Backward flow along t for lids that rise.

    The skin above the upper margin follows it and settles within ``CREASE_REACH``, that below the lower
    one within ``LOWER_REACH``; what lies between the lids stretches with them, so that nothing tears.

    Args:
        s: eye coordinate of each pixel of the new picture.
        t: likewise.
        curves: the margins in the old picture.
        rise: how far the upper margin moves up in its middle, eye widths; negative moves it down.
        lower_rise: likewise the lower margin.
    """
    old_upper, old_lower = curves.margins(s)
    hump = np.maximum(1 - 4 * s * s, 0)
    hump = hump * (2 - hump)
    up, low = np.float32(rise) * hump, np.float32(lower_rise) * hump
    upper, lower = old_upper - up, old_lower - low
    share = (t - upper) / np.maximum(lower - upper, np.float32(1e-4))
    between = old_upper + share * (old_lower - old_upper) - t
    above = up * _settle((upper - t) * np.float32(1 / CREASE_REACH))
    below = low * _settle((t - lower) * np.float32(1 / LOWER_REACH))
    dt = np.where(t < upper, above, np.where(t > lower, below, between))
    return LidMove(dt, old_upper, old_lower, upper, lower)


def _settle(x: Float) -> Float:
    """1 at 0, 0 from 1 on, flat at both ends."""
    rest = 1 - np.clip(x, 0, 1)
    return rest * rest * (3 - 2 * rest)
