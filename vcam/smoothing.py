"""Signals made steady in time: the One-Euro filter, a step limit and a smooth fade."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcam.errors import ConfigError, FrameError

Float = NDArray[np.float64]


class OneEuro:
    """Low-pass whose cutoff rises with speed: still where the signal rests, immediate where it jumps.

    Casiez, Roussel, Vogel: "1 Euro Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
    Interactive Systems", CHI 2012, algorithm 1. ``cutoff = min_cutoff_hz + beta * |speed|``.

    Convention
        ``beta`` is in Hz per (unit of the value per second), so it belongs to the unit: feed eye
        landmarks in eye widths, not px, and one beta fits every face size and resolution.
        ``points=True`` takes values (..., D) as points, each with one cutoff from the length of its
        velocity; otherwise every element has its own.
        A timestamp that does not advance begins a new signal.
    """

    def __init__(
        self, min_cutoff_hz: float, beta: float, derivative_cutoff_hz: float = 1.0, *, points: bool = False
    ) -> None:
        """Raises ConfigError for a cutoff that is not positive or a negative beta."""
        _require(min_cutoff_hz > 0.0, "OneEuro.min_cutoff_hz", "above 0", min_cutoff_hz)
        _require(beta >= 0.0, "OneEuro.beta", "0 or more", beta)
        _require(derivative_cutoff_hz > 0.0, "OneEuro.derivative_cutoff_hz", "above 0", derivative_cutoff_hz)
        self._min_cutoff_hz = min_cutoff_hz
        self._beta = beta
        self._derivative_cutoff_hz = derivative_cutoff_hz
        self._points = points
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next value comes out unchanged."""
        self._at_s = math.inf  # no time advances beyond it
        self._value: Float = np.empty(0)
        self._speed: Float = np.empty(0)

    def __call__(self, value: ArrayLike, at_s: float) -> Float:
        """The smoothed value, float64 of the same shape, of a signal sampled at ``at_s`` seconds.

        Raises:
            FrameError: the value or its time is not finite, or the shape changed; the state is kept.

        """
        new = np.array(value, np.float64)
        if not (np.isfinite(new).all() and math.isfinite(at_s)):
            bad = new.size - np.count_nonzero(np.isfinite(new))
            raise FrameError(f"OneEuro: expected finite values and time, got {bad} bad values at {at_s} s")
        if at_s <= self._at_s:
            self._value, self._speed = new, np.zeros_like(new)
        else:
            self._follow(new, at_s - self._at_s)
        self._at_s = at_s
        return self._value.copy()

    def _follow(self, new: Float, elapsed_s: float) -> None:
        if new.shape != self._value.shape:
            raise FrameError(f"OneEuro: expected shape {self._value.shape}, got {new.shape}; reset first")
        speed = (new - self._value) / elapsed_s
        self._speed = _toward(self._speed, speed, self._derivative_cutoff_hz, elapsed_s)
        magnitude = (
            np.linalg.norm(self._speed, axis=-1, keepdims=True) if self._points else np.abs(self._speed)
        )
        cutoff_hz = self._min_cutoff_hz + self._beta * magnitude
        self._value = _toward(self._value, new, cutoff_hz, elapsed_s)


class RateLimiter:
    """Follows a target by at most ``max_step`` per call."""

    def __init__(self, max_step: float, start: float) -> None:
        """Raises ConfigError for a step that is not positive."""
        _require(max_step > 0.0, "RateLimiter.max_step", "above 0", max_step)
        self._max_step = max_step
        self.value = start
        """Where it stands; set it to jump."""

    def __call__(self, target: float) -> float:
        """The next value on the way to ``target``.

        Raises:
            FrameError: the target is not finite.

        """
        if not math.isfinite(target):
            raise FrameError(f"RateLimiter: expected a finite target, got {target}")
        self.value += min(max(target - self.value, -self._max_step), self._max_step)
        return self.value


class SettlingMean:
    """The mean of what it was given: exact at first, later following slowly, as a personal constant does."""

    def __init__(self, settling: int, size: int) -> None:
        """Means of vectors (size,); the ``settling``-th value and all later ones count 1 / settling."""
        self._settling, self._count = settling, 0
        self.value: Float = np.zeros(size)
        """The mean; 0 before the first value."""

    def add(self, value: ArrayLike) -> None:
        """Take one more value (size,) into the mean."""
        self._count = min(self._count + 1, self._settling)
        self.value = self.value + (np.asarray(value, np.float64) - self.value) / self._count


def fade(value: float, full: float, none: float) -> float:
    """1 up to ``full``, 0 from ``none``, smoothstep between; ``full`` may lie on either side.

    Raises:
        ConfigError: ``full`` equals ``none``, which leaves no side to fade to.
        FrameError: the value is NaN.

    """
    _require(full != none, "fade", "full and none to differ", full)
    if math.isnan(value):
        raise FrameError("fade: expected a number, got nan")
    t = min(max((value - none) / (full - none), 0.0), 1.0)
    return t * t * (3.0 - 2.0 * t)


def _toward(old: Float, new: Float, cutoff_hz: Float | float, elapsed_s: float) -> Float:
    """One step of an exponential low-pass: alpha = 1 / (1 + tau / T) with tau = 1 / (2 pi cutoff)."""
    ratio = 2.0 * math.pi * cutoff_hz * elapsed_s
    return old + (new - old) * (ratio / (ratio + 1.0))


def _require(holds: bool, what: str, expected: str, found: float) -> None:
    if not holds:
        raise ConfigError(f"{what}: expected {expected}, got {found}")
