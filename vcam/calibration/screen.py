"""The looks at the screen against where its targets stood: is it one picture, and how is it stretched."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.calibration.looks import Look
from vcam.calibration.values import STEPS, CalibrationError, Step, described

Array = NDArray[np.float64]

ON_SCREEN = STEPS[1:]
CORNERS = STEPS[2:]
_MISSED = 0.3
"""A look this far from its target, in distances between the corners, went elsewhere."""
_LEAST_SPAN_DEG = 4.0
"""Between the left and right, or top and bottom corners, as estimated."""
_LENS_REACH = 0.3
"""A lens this close to the middle of the screen, in distances between the corners, was not looked at."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where the targets stand on the screen."""

    targets_mm: Mapping[Step, tuple[float, float]]
    """Of all steps but the lens, from any one point, as the person sees it: x to the right, y down."""
    size_known: bool
    """Whether these are true mm, or right in proportion only."""


@dataclass(frozen=True, slots=True)
class ScreenPlane:
    """The looks at the screen as points of its plane, and where their targets stood; both (5, 2), mm."""

    read: Array
    """From the lens, camera axes, by the estimate as it is."""
    asked: Array
    """From the middle of all targets, camera axes."""
    distance_mm: float
    """Of the eyes."""

    @classmethod
    def of(cls, looks: Mapping[Step, Look], screen: Screen) -> "ScreenPlane":
        """The plane in which the lens stands, of looks at all steps."""
        away = np.array([looks[step].offset - looks["lens"].offset for step in ON_SCREEN])
        eyes = np.array([looks[step].eye_mm for step in ON_SCREEN])
        read = np.zeros_like(away)
        for _ in range(4):  # how far a target is depends a little on where it is
            points = np.column_stack([read, np.zeros(len(read))])
            read = away * np.linalg.norm(points - eyes, axis=1, keepdims=True)
        asked = np.array([screen.targets_mm[step] for step in ON_SCREEN], np.float64)
        asked = (asked - asked.mean(axis=0)) * _axes(read, asked)
        return cls(read, asked, float(np.linalg.norm(eyes.mean(axis=0))))

    @property
    def line(self) -> tuple[Array, Array]:
        """Intercept (2,) and slope (2,) per axis: ``read`` is about intercept + slope * ``asked``."""
        return _line(self.read, self.asked)

    def check(self) -> None:
        """Raises CalibrationError where the eyes did not go from target to target."""
        if _misses(self.read, self.asked).max() > _MISSED:
            raise self._missed()
        start, slope = self.line
        span_deg = np.degrees(np.ptp(self.asked, axis=0) * slope / self.distance_mm)
        if span_deg.min() < _LEAST_SPAN_DEG:
            raise CalibrationError(
                "Your eyes hardly moved from corner to corner. Look right at the dot each time.", CORNERS
            )
        lens = -start / slope  # where it stands among the targets
        if (np.abs(lens) < _LENS_REACH * np.ptp(self.asked, axis=0)).all():
            raise CalibrationError(
                "Your eyes stayed on the screen when they should have gone to the lens. Look into the camera "
                "itself.",
                ("lens",),
            )

    def _missed(self) -> CalibrationError:
        """Names the step without which all others agree, if there is one."""
        ways = [
            _misses(np.delete(self.read, k, 0), np.delete(self.asked, k, 0)).max()
            for k in range(len(ON_SCREEN))
        ]
        wrong = int(np.argmin(ways))
        if ways[wrong] > _MISSED:
            return CalibrationError(
                "Your eyes were not with the dot in several corners. Follow it with your eyes.", CORNERS
            )
        step = ON_SCREEN[wrong]
        return CalibrationError(
            f"Your eyes were not at {described(step)} when they should have been.", (step,)
        )


def _axes(read: Array, asked: Array) -> Array:
    """(2,) signs that turn screen axes into camera axes.

    A camera faces the person, so its x runs against the person's. A few deliver a mirrored picture; theirs
    runs with it, and all five looks in a row say so.
    """
    mirrored = np.array([1.0, 1.0])
    return mirrored if _misses(read, asked).max() <= _MISSED else mirrored * [-1.0, 1.0]


def _line(read: Array, asked: Array) -> tuple[Array, Array]:
    """Least squares per axis."""
    centered = asked - asked.mean(axis=0)
    slope = (centered * read).sum(axis=0) / (centered**2).sum(axis=0)
    return read.mean(axis=0) - slope * asked.mean(axis=0), slope


def _misses(read: Array, asked: Array) -> Array:
    """(N,) from each look to its target, in distances between the corners; inf: in no order at all."""
    start, slope = _line(read, asked)
    if slope.min() <= 0:
        return np.full(len(read), np.inf)
    return np.hypot(*(((read - start) / slope - asked) / np.ptp(asked, axis=0)).T)
