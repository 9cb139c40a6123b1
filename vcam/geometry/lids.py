"""The opening between the lids as two smooth curves, and the flow that raises or lowers them.

Convention
    Eye coordinates (s, t): origin midway between the canthi, s along the line from the canthus on the
    image's left to the one on its right, t at right angles to it and down; the unit is the eye's width,
    so the canthi lie at s = -0.5 and 0.5. Flows are backward: for each place of the new picture, where
    in the old one its color comes from.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float = NDArray[np.floating[Any]]

CREASE_REACH = 0.36
"""How far above the upper margin the skin moves with it, eye widths."""
LOWER_REACH = 0.18
"""How far below the lower margin the skin moves with it, eye widths."""
_POWERS = np.arange(4, dtype=np.float32)
_LIFT = np.array([4, 0, 16, 0], np.float32)
"""The curve by which a margin moves that rises by 1 in its middle: 1 - 16 s^4."""
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
        (ax, ay), (bx, by) = sorted((np.asarray(one).tolist(), np.asarray(other).tolist()))
        width = max(math.hypot(bx - ax, by - ay), 1e-3)
        center = np.array([(ax + bx) / 2, (ay + by) / 2], np.float32)
        return cls(center, np.array([(bx - ax) / width, (by - ay) / width], np.float32), width)

    @property
    def down(self) -> Float:
        """Unit vector (2,) of growing t, px."""
        return np.array([-self.along[1], self.along[0]], np.float32)

    def of(self, x: Float, y: Float) -> tuple[Float, Float]:
        """Eye coordinates (s, t) of picture coordinates x and y in px, which broadcast against each other."""
        dx, dy = x - self.center[0], y - self.center[1]
        ax, ay = self.along / np.float32(self.width)
        return dx * ax + dy * ay, dy * ax - dx * ay


@dataclass(frozen=True, slots=True)
class LidCurves:
    """Upper and lower margin: t = (1/4 - s^2) (c0 + c1 s + c2 s^2 + c3 s^3), so they meet in the canthi."""

    coefficients: Float
    """(2, 4): of the upper and of the lower margin."""

    @classmethod
    def fit(cls, axes: EyeAxes, upper_lid: ArrayLike, lower_lid: ArrayLike) -> "LidCurves":
        """Least-squares curves through as many points (K, 2) of each lid, px."""
        points = np.stack([np.asarray(upper_lid, np.float32), np.asarray(lower_lid, np.float32)])
        s, t = axes.of(points[..., 0], points[..., 1])
        basis = np.maximum(0.25 - s * s, 0)[..., None] * s[..., None] ** _POWERS
        transposed = basis.swapaxes(1, 2)
        return cls(np.linalg.solve(transposed @ basis + _RIDGE, transposed @ t[..., None])[..., 0])

    def margins(self, s: Float) -> tuple[Float, Float]:
        """Heights t of the upper and of the lower margin at s; both 0 beyond the canthi."""
        upper, lower = _heights(self.coefficients, s)
        return upper, lower


def _heights(coefficients: Float, s: Float) -> Float:
    """Heights (n, ...) at s (...) of n curves with these coefficients (n, 4)."""
    a, b, c, d = coefficients.T.reshape(4, -1, *[1] * s.ndim)
    return np.maximum(0.25 - s * s, 0) * (a + s * (b + s * (c + s * d)))


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
    rises = np.array([[rise], [lower_rise]], np.float32) * _LIFT
    heights = _heights(np.concatenate([curves.coefficients, rises]), s)
    old_upper, old_lower, up, low = heights
    upper, lower = heights[:2] - heights[2:]
    under_upper = t - upper
    # 0 at the upper margin and above, 1 at the lower one and below: whose movement counts
    share = (under_upper / np.maximum(lower - upper, np.float32(1e-4))).clip(0, 1)
    above, below = under_upper * np.float32(-1 / CREASE_REACH), (t - lower) * np.float32(1 / LOWER_REACH)
    settled = _settle(np.where(above > 0, above, below))
    return LidMove((up + share * (low - up)) * settled, old_upper, old_lower, upper, lower)


def _settle(x: Float) -> Float:
    """1 up to 0, 0 from 1 on, flat at both ends."""
    rest = (1 - x).clip(0, 1)
    return rest * rest * (3 - 2 * rest)
