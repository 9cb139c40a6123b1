"""What the pipeline costs and loses: milliseconds per stage, added delay, drops, pass-throughs."""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

TRACKING = "track"
"""Stage that finds the face."""
CORRECTION = "correct"
"""Stage that stands for the whole correction of a frame, tracking included."""
_DELAY = "added delay"
_NUMBER_WIDTH = 8


@dataclass(frozen=True, slots=True)
class Spread:
    """How one duration is spread, in ms over the window; ``count`` is since the start."""

    count: int
    p50: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True)
class MeterSnapshot:
    """Everything a meter knows at one moment; ``dataclasses.asdict`` makes it fit for JSON."""

    stages: dict[str, Spread]
    """In the order of their first record."""
    delay: Spread | None
    """``captured_at`` to the return of ``send``; None before the first delivery."""
    fps: float
    """Deliveries per second over the window; falls while none come."""
    events: dict[str, int]
    passed_through: dict[str, int]
    """Reason -> frames sent uncorrected, the commonest first."""

    @property
    def ratio(self) -> float | None:
        """Median of the whole correction over that of tracking alone; None until both are known."""
        whole, tracking = self.stages.get(CORRECTION), self.stages.get(TRACKING)
        if whole is None or tracking is None or tracking.p50 == 0.0:
            return None
        return whole.p50 / tracking.p50

    @property
    def totals(self) -> str:
        """Events and pass-throughs since the start, e.g. ``dropped 3; passed through 2 (no face 2)``."""
        parts = [f"{event} {n}" for event, n in self.events.items()]
        if self.passed_through:
            reasons = ", ".join(f"{reason} {n}" for reason, n in self.passed_through.items())
            parts.append(f"passed through {sum(self.passed_through.values())} ({reasons})")
        return "; ".join(parts)


class Meter:
    """Collects figures from all threads; the last ``window`` values of each are kept.

    Times are seconds of ``clock``, which must be the clock of ``captured_at``.
    """

    def __init__(self, window: int = 600, clock: Callable[[], float] = time.perf_counter) -> None:
        if window < 1:
            raise ValueError(f"Meter: expected a window of at least 1 value, got {window}")
        self._window = window
        self._clock = clock
        self._lock = threading.Lock()
        self._stages: dict[str, _Series] = {}
        self._delay = _Series(window)
        self._sent_at: deque[float] = deque(maxlen=window)
        self._events: Counter[str] = Counter()
        self._passed_through: Counter[str] = Counter()

    def record(self, stage: str, ms: float) -> None:
        """Add one duration of a stage.

        Raises:
            ValueError: ``ms`` is negative or not finite, so two clocks were mixed.

        """
        _require_duration(ms, stage)
        with self._lock:
            series = self._stages.get(stage)
            if series is None:
                series = self._stages[stage] = _Series(self._window)
            series.add(ms)

    def count(self, event: str, times: int = 1) -> None:
        """Add to the total of an event, e.g. "dropped"."""
        with self._lock:
            self._events[event] += times

    def delivered(self, captured_at: float, sent_at: float) -> None:
        """Add the delay of a frame that ``send`` has taken.

        Raises:
            ValueError: sent before it was captured, so two clocks were mixed.

        """
        ms = (sent_at - captured_at) * 1000.0
        _require_duration(ms, _DELAY)
        with self._lock:
            self._delay.add(ms)
            self._sent_at.append(sent_at)

    def passed_through(self, reason: str) -> None:
        """Add a frame that was sent uncorrected."""
        with self._lock:
            self._passed_through[reason] += 1

    def pause(self) -> None:
        """Begin the rate anew: between now and the last delivery none was due."""
        with self._lock:
            self._sent_at.clear()

    def snapshot(self) -> MeterSnapshot:
        """All figures of one moment."""
        with self._lock:
            return MeterSnapshot(
                stages={stage: series.spread() for stage, series in self._stages.items()},
                delay=self._delay.spread() if len(self._delay) else None,
                fps=self._fps(),
                events=dict(self._events),
                passed_through=dict(self._passed_through.most_common()),
            )

    def line(self) -> str:
        """One line for the log: rate, delay, medians per stage, totals since the start."""
        now = self.snapshot()
        parts = [f"{now.fps:.1f} fps"]
        if now.delay:
            parts.append(f"delay p50 {now.delay.p50:.1f} p99 {now.delay.p99:.1f} ms")
        if now.stages:
            medians = (f"{stage} {spread.p50:.1f}" for stage, spread in now.stages.items())
            parts.append(" ".join(medians) + " ms")
        return "; ".join([*parts, now.totals] if now.totals else parts)

    def table(self) -> str:
        """Aligned text for the end of a run: one row per stage, then delay, ratio and totals."""
        now = self.snapshot()
        rows = [("stage, ms", "count", "p50", "p95", "p99", "max")]
        rows += [_row(stage, spread) for stage, spread in now.stages.items()]
        lines = _aligned([*rows, _row(_DELAY, now.delay)] if now.delay else rows)
        if now.ratio is not None:
            lines.append(f"whole correction / tracking alone: {now.ratio:.2f} (medians)")
        summary = [f"{now.fps:.1f} fps"] if now.delay else []
        summary += [now.totals] if now.totals else []
        lines += ["; ".join(summary)] if summary else []
        return "\n".join(lines)

    def _fps(self) -> float:
        if len(self._sent_at) < 2:
            return 0.0
        # up to now, not to the last delivery: a stalled pipeline must not keep its old rate
        span_s = max(self._clock(), self._sent_at[-1]) - self._sent_at[0]
        return (len(self._sent_at) - 1) / span_s if span_s > 0.0 else 0.0


class _Series:
    """The last values of one duration, ms, and how many there were."""

    def __init__(self, window: int) -> None:
        self._values: deque[float] = deque(maxlen=window)
        self._count = 0

    def add(self, ms: float) -> None:
        self._values.append(ms)
        self._count += 1

    def __len__(self) -> int:
        return len(self._values)

    def spread(self) -> Spread:
        p50, p95, p99, highest = np.percentile(np.fromiter(self._values, np.float64), (50, 95, 99, 100))
        return Spread(self._count, float(p50), float(p95), float(p99), float(highest))


def _require_duration(ms: float, what: str) -> None:
    if not 0.0 <= ms < math.inf:
        raise ValueError(f"{what}: expected a duration of 0 ms or more, got {ms}; are two clocks mixed?")


def _row(name: str, spread: Spread) -> tuple[str, ...]:
    figures = (spread.p50, spread.p95, spread.p99, spread.max)
    return name, str(spread.count), *(f"{ms:.2f}" for ms in figures)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    width = max(len(row[0]) for row in rows)
    return [row[0].ljust(width) + "".join(cell.rjust(_NUMBER_WIDTH + 1) for cell in row[1:]) for row in rows]
