"""The correction of a live session: loaded and exchanged while frames flow, and never the end of a call."""

import logging
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from vcam.calibration import Calibration
from vcam.config import Config
from vcam.controls import Controls
from vcam.errors import VcamError
from vcam.session.journal import Journal
from vcam.session.parts import LiveStages, SessionParts
from vcam.types import Correction, Frame

_log = logging.getLogger(__name__)

Observer = Callable[[Correction], None]

_BETWEEN_FRAMES_S = 2.0
"""How long an exchange waits for the frame under way; one at work for longer hangs in a driver."""


class LiveCorrection:
    """Corrects with the newest stages that were loaded; while there are none, frames pass through."""

    def __init__(self, parts: SessionParts, controls: Controls, journal: Journal) -> None:
        """Nothing is loaded yet."""
        self._parts = parts
        self._controls = controls
        self._journal = journal
        self._at_work = threading.Lock()
        self._stages: LiveStages | None = None
        self._settings: Config | None = None
        self._calibration: Calibration | None = None
        self._observers: tuple[Observer, ...] = ()
        self._why_none = "starting"
        self._turn = 0
        self.newest: Correction | None = None
        """What became of the last frame; None before the first."""

    @property
    def ready(self) -> bool:
        """Whether there is something to correct with."""
        return self._stages is not None

    @property
    def backend(self) -> str:
        """What runs the models; empty while there are none."""
        stages = self._stages
        return stages.backend if stages else ""

    @property
    def observed(self) -> bool:
        """Whether somebody looks on."""
        return bool(self._observers)

    def correct(self, frame: Frame) -> Correction:
        """Correct one frame, and show it to the observers."""
        with self._at_work:
            correction = self.newest = self._corrected(frame)
        for observer in self._observers:
            try:
                observer(correction)
            except Exception:  # who looks on must not end a call
                _log.exception("an observer of the correction failed")
        return correction

    def load(self, config: Config) -> LiveStages:
        """The stages that the settings describe, for ``exchange``; takes seconds.

        Raises:
            VcamError: they cannot be had.

        """
        return self._parts.build_corrector(config, self._controls)

    def exchange(self, stages: LiveStages, config: Config) -> None:
        """Correct with these from the next frame on, and close the ones before."""
        stages.calibrate(self._calibration)
        with self._between_frames() as idle:
            before, self._stages, self._settings = self._stages, stages, config
            self._turn += 1
        if before is not None and idle:  # models closed under a thread at work abort the process
            before.close()
        self._journal.right("correction", "Eye contact works again.")

    def load_in_background(self, config: Config) -> None:
        """Load and exchange on a thread of its own; what cannot be had becomes a problem of the session."""
        arguments = config, self._turn
        threading.Thread(target=self._load_or_tell, args=arguments, name="models", daemon=True).start()

    def calibrate(self, calibration: Calibration | None) -> None:
        """Take the person's own correction into account from the next frame on."""
        with self._between_frames():
            self._calibration = calibration
            if self._stages is not None:
                self._stages.calibrate(calibration)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call ``observer`` with every correction, on the correcting thread; the result ends that."""
        self._observers = (*self._observers, observer)

        def end() -> None:
            self._observers = tuple(each for each in self._observers if each is not observer)

        return end

    def close(self, *, at_work: bool) -> None:
        """Release the models, unless a thread that was left behind is still ``at_work`` with them."""
        self._turn += 1
        stages, self._stages, self._why_none = self._stages, None, "starting"
        self.newest = None
        if stages is not None and not at_work:
            stages.close()

    def _corrected(self, frame: Frame) -> Correction:
        stages = self._stages
        if stages is None:
            return _untouched(frame, self._why_none)
        try:
            return stages.correct(frame)
        except Exception as error:  # the stages fail open by themselves; what they raise is there to stay
            _log.exception("the correction has failed for good")
            self._stages, self._why_none = None, "error"
            self._fall_back(f"{type(error).__name__}: {error}", stages.backend)
            stages.close()
            return _untouched(frame, "error")

    def _fall_back(self, fault: str, backend: str) -> None:
        less = self._parts.fallback(self._settings, backend) if self._settings else None
        if less is None:
            self._journal.wrong("correction", f"Eye contact does not work: {fault}. Start GazeCam anew.")
            return
        self._journal.tell("fell back", f"Eye contact goes on {less.how}, because it failed: {fault}")
        self.load_in_background(less.config)

    def _load_or_tell(self, config: Config, turn: int) -> None:
        try:
            stages = self.load(config)
        except Exception as error:
            if not isinstance(error, VcamError):
                _log.exception("the models cannot be loaded")
            self._why_none = "error"
            self._journal.wrong("correction", str(error))
            return
        if turn == self._turn:
            self.exchange(stages, config)
        else:  # somebody chose otherwise meanwhile, or it is over
            stages.close()

    @contextmanager
    def _between_frames(self) -> Generator[bool]:
        """Hold the next frame back; False where the one under way does not end."""
        idle = self._at_work.acquire(timeout=_BETWEEN_FRAMES_S)
        try:
            yield idle
        finally:
            if idle:
                self._at_work.release()


def _untouched(frame: Frame, reason: str) -> Correction:
    return Correction(frame, frame, None, None, None, reason, {})
