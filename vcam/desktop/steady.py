"""Words that stay long enough to be read: a blink must not flash through the window or the tray."""

from typing import Generic, TypeVar

T = TypeVar("T")


class Steady(Generic[T]):
    """Takes up a new value once it has lasted ``hold_s``; times are seconds of any one clock."""

    def __init__(self, first: T, hold_s: float) -> None:
        self._shown = first
        self._next = first
        self._since_s = 0.0
        self._hold_s = hold_s

    def __call__(self, value: T, now_s: float, *, at_once: bool = False) -> T:
        """The value to show; ``at_once`` for what the person did and expects to see."""
        if value != self._next:
            self._next, self._since_s = value, now_s
        if at_once or now_s - self._since_s >= self._hold_s:
            self._shown = self._next
        return self._shown
