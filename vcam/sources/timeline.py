"""Timestamps made strictly growing, and otherwise left as they are."""

from fractions import Fraction

_RESTART_PERIODS = 3  # a longer step back is a clip joined to another, a shorter one a muxer's mistake
_NUDGE = 40  # to a period: about a millisecond, so that coarser time bases tell the two apart as well


class Timeline:
    """The timestamps of one stream, in ticks of its time base, none before ``earliest``.

    Ticks that grow stay exact. One that is missing follows a period after the last; one that does
    not grow follows a moment after it; and where time starts anew, all later ones move along.
    """

    def __init__(self, time_base: Fraction, rate: Fraction, earliest: int | None = None) -> None:
        """``time_base`` s per tick; ``rate`` frames per second, for what has no timestamp."""
        self._earliest = earliest
        self._period = max(1, round(1 / (rate * time_base)))
        self._nudge = max(1, self._period // _NUDGE)
        self._shift = 0
        self._last: int | None = None

    def place(self, ticks: int | None) -> int:
        """The tick at which the next frame stands."""
        if ticks is None:
            placed = 0 if self._last is None else self._last + self._period
        else:
            placed = self._after_last(self._not_too_early(ticks + self._shift))
        self._last = placed
        return placed

    def _not_too_early(self, ticks: int) -> int:
        return ticks if self._earliest is None else max(ticks, self._earliest)

    def _after_last(self, ticks: int) -> int:
        last = self._last
        if last is None or ticks > last:
            return ticks
        if ticks > last - _RESTART_PERIODS * self._period:
            return last + self._nudge
        self._shift += last + self._period - ticks
        return last + self._period
