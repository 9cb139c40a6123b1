"""A session lent to a calibration: what it sees of the eyes without one, and all put back afterwards."""

import time
from collections import deque
from collections.abc import Callable

from vcam.calibration import Calibration
from vcam.session import LiveSession
from vcam.types import Correction

_KEPT = 300
"""Frames that may wait to be taken: several seconds."""


class Recorder:
    """Hands on the session's frames, with the time at which they came."""

    def __init__(self, session: LiveSession, clock: Callable[[], float] = time.perf_counter) -> None:
        """Begin to watch; frames are estimated without calibration from the next one on."""
        self._session, self._clock = session, clock
        self._waiting: deque[tuple[float, Correction]] = deque(maxlen=_KEPT)
        state = session.controls.state
        self._mode = state.mode
        if not state.enabled:  # nothing is tracked then
            session.controls.turn_on()
        self.measure()
        self._stop = session.observe(self._take)

    def measure(self) -> None:
        """Estimate without any calibration from the next frame on."""
        self._session.set_calibration(None)
        self._waiting.clear()

    def show(self, calibration: Calibration | None) -> None:
        """Estimate with this calibration from the next frame on."""
        self._session.set_calibration(calibration)

    def taken(self) -> list[tuple[float, Correction]]:
        """The frames since the last call, oldest first, each with when it came."""
        frames: list[tuple[float, Correction]] = []
        while self._waiting:
            frames.append(self._waiting.popleft())
        return frames

    def close(self) -> None:
        """Watch no more, and switch off again what was off; safe to call twice."""
        self._stop()
        if self._mode == "off" and self._session.controls.state.enabled:
            self._session.controls.change(mode="off")
        self._mode = "call"

    def _take(self, correction: Correction) -> None:
        self._waiting.append((self._clock(), correction))
