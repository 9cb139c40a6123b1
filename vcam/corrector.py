"""One frame in, one frame out: the product in ten lines, and the only place that fails open."""

import logging
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from vcam.calibration import Calibration
from vcam.compose import AlphaCompositor
from vcam.controls import Controls
from vcam.stages import EyeRedirector, FaceTracker, GazeEstimator, RedirectionPolicy
from vcam.types import Correction, Frame, Redirection

_log = logging.getLogger(__name__)

_FAILURES_IN_A_ROW = 30
"""About a second of video: a fault that lasts longer is worth stopping for."""


class PersonalEstimator(GazeEstimator, Protocol):
    """An estimator that a calibration can make the person's own."""

    def calibrate(self, calibration: Calibration | None) -> None:
        """Take it into account from the next frame on."""
        ...


@dataclass(frozen=True, slots=True)
class Stages:
    """What a frame goes through, in this order."""

    tracker: FaceTracker
    estimator: PersonalEstimator
    policy: RedirectionPolicy
    redirector: EyeRedirector
    compositor: AlphaCompositor


class Corrector:
    """Turns what the camera saw into what the viewers see."""

    def __init__(
        self,
        stages: Stages,
        controls: Controls | None = None,
        models: ExitStack | None = None,
        backend: str = "",
    ) -> None:
        """Wire the parts together.

        Args:
            stages: what corrects.
            controls: where they say off, no stage runs.
            models: what the stages share; closed with the correction.
            backend: what runs the models, for people to read, e.g. "CPU".

        """
        self._stages = stages
        self._controls = controls or Controls()
        self._models = models or ExitStack()
        self._backend = backend
        self._was_off = False
        self._failures = 0

    @property
    def backend(self) -> str:
        """What runs the models, for people to read, e.g. "CPU"."""
        return self._backend

    def calibrate(self, calibration: Calibration | None) -> None:
        """Take the person's own correction of the estimate into account; not while a frame is corrected."""
        self._stages.estimator.calibrate(calibration)

    def correct(self, frame: Frame) -> Correction:
        """The frame with eyes that meet the lens; the frame itself where that cannot or need not be.

        Raises:
            Exception: whatever a stage raised, once it has done so 30 frames in a row.
        """
        clock = _StageClock()
        if not self._controls.state.enabled:
            self._was_off = True
            return _untouched(frame, "off", clock)
        try:
            correction = self._correct(frame, clock)
        except Exception as error:  # fails open: a fault in one frame must not end a call
            self._failures += 1
            if self._failures >= _FAILURES_IN_A_ROW:
                raise
            _log.warning("frame %d passed through: %s: %s", frame.index, type(error).__name__, error)
            return _untouched(frame, "error", clock)
        self._failures = 0
        return correction

    def _correct(self, frame: Frame, clock: "_StageClock") -> Correction:
        stages = self._stages
        if self._was_off:
            stages.policy.forget()  # on again: eased in
            self._was_off = False
        with clock("track"):
            track = stages.tracker.track(frame)
        if track is None:
            return _untouched(frame, "no face", clock)
        with clock("gaze"):
            gaze = stages.estimator.estimate(frame, track)
        with clock("decide"):
            redirection = stages.policy.decide(frame, track, gaze)
        with clock("redirect"):
            eyes = stages.redirector.redirect(frame, track, redirection)
        with clock("compose"):
            corrected = stages.compositor.compose(frame, eyes)
        reason = _why_untouched(redirection) if corrected is frame else None
        return Correction(frame, corrected, track, gaze, redirection, reason, clock.ms)

    def close(self) -> None:
        """Release all models."""
        self._stages.tracker.close()
        self._models.close()


def _untouched(frame: Frame, reason: str, clock: "_StageClock") -> Correction:
    return Correction(frame, frame, None, None, None, reason, clock.ms)


def _why_untouched(redirection: Redirection) -> str:
    eyes = redirection.left, redirection.right
    reasons = [eye.reason for eye in eyes if eye.reason]
    if reasons:
        return reasons[0]
    return "nothing to change" if any(eye.strength for eye in eyes) else "off"


class _StageClock:
    """Milliseconds per stage of one frame."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Generator[None]:
        start = time.perf_counter()
        yield
        self.ms[stage] = (time.perf_counter() - start) * 1e3
