"""Whether anybody wants the camera: programs that read GazeCam, the preview, or whoever looks on."""

import threading
from collections.abc import Callable
from time import monotonic

from vcam.session.output import LiveOutput
from vcam.worker import Worker

_CONFIRM_S = 0.2
"""A program that only looks which cameras there are has closed it again by then."""
_LINGER_S = 3.0
"""Programs close and open a camera anew when they change its size."""
_LOOK_EVERY_S = 10.0
"""Without a notice from the system that something was opened or closed."""


class Demand:
    """Follows the readers of an output on a thread of its own."""

    def __init__(self, output: LiveOutput, changed: Callable[[], None]) -> None:
        """``changed`` is called, on that thread, after each look: on a change, and every ten seconds."""
        self._output = output
        self._changed = changed
        self._ended = threading.Event()
        self._worker = Worker("readers", self._follow, lambda: None)
        self.readers: int | None = None
        """How many there are; None where the system does not tell."""
        self.reading = False
        """Whether frames are wanted: somebody reads or did a moment ago, or it cannot be told."""

    def look(self) -> None:
        """Find out how it stands, before anything is followed."""
        self.readers = self._output.readers()
        self.reading = self.readers != 0

    def start(self) -> None:
        """Follow the readers from now on."""
        self._worker.start()

    def end(self, timeout_s: float) -> None:
        """Stop; the output has been closed, which ends the waiting for its readers."""
        self._ended.set()
        if self._worker.alive:
            self._worker.join(timeout_s)

    def _follow(self) -> None:
        left_at: float | None = None
        while not self._ended.is_set():
            count = self._output.readers()
            if count and not self.reading:
                count = self._those_who_stay()
            left_at = None if count != 0 or not self.reading else left_at or monotonic()
            linger_s = 0.0 if left_at is None else left_at + _LINGER_S - monotonic()
            self._update(count, reading=count != 0 or linger_s > 0)
            self._output.wait(linger_s if linger_s > 0 else _LOOK_EVERY_S)

    def _those_who_stay(self) -> int | None:
        """How many readers are there a moment later."""
        until = monotonic() + _CONFIRM_S
        while (left_s := until - monotonic()) > 0 and not self._ended.is_set():
            self._output.wait(left_s)
        return self._output.readers()

    def _update(self, count: int | None, *, reading: bool) -> None:
        self.readers, self.reading = count, reading
        if not self._ended.is_set():
            self._changed()
