"""One frame in, one frame out: the product in ten lines, and the only place that fails open."""

import logging
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager

from vcam.compose import AlphaCompositor
from vcam.stages import EyeRedirector, FaceTracker, GazeEstimator, RedirectionPolicy
from vcam.types import Correction, Frame, Redirection

_log = logging.getLogger(__name__)

_FAILURES_IN_A_ROW = 30
"""About a second of video: a fault that lasts longer is worth stopping for."""


class Corrector:
    """Turns what the camera saw into what the viewers see."""

    def __init__(
        self,
        tracker: FaceTracker,
        estimator: GazeEstimator,
        policy: RedirectionPolicy,
        redirector: EyeRedirector,
        compositor: AlphaCompositor,
        models: ExitStack | None = None,
    ) -> None:
        """Wire the stages together; ``models`` is what they share, and is closed with the correction."""
        self._tracker = tracker
        self._estimator = estimator
        self._policy = policy
        self._redirector = redirector
        self._compositor = compositor
        self._models = models or ExitStack()
        self._failures = 0

    def correct(self, frame: Frame) -> Correction:
        """The frame with eyes that meet the lens; the frame itself where that cannot or need not be.

        Raises:
            Exception: whatever a stage raised, once it has done so 30 frames in a row.
        """
        clock = _StageClock()
        try:
            correction = self._correct(frame, clock)
        except Exception as error:  # fails open: a fault in one frame must not end a call
            self._failures += 1
            if self._failures >= _FAILURES_IN_A_ROW:
                raise
            _log.warning("frame %d passed through: %s: %s", frame.index, type(error).__name__, error)
            return Correction(frame, frame, None, None, None, "error", clock.ms)
        self._failures = 0
        return correction

    def _correct(self, frame: Frame, clock: "_StageClock") -> Correction:
        with clock("track"):
            track = self._tracker.track(frame)
        if track is None:
            return Correction(frame, frame, None, None, None, "no face", clock.ms)
        with clock("gaze"):
            gaze = self._estimator.estimate(frame, track)
        with clock("decide"):
            redirection = self._policy.decide(frame, track, gaze)
        with clock("redirect"):
            eyes = self._redirector.redirect(frame, track, redirection)
        with clock("compose"):
            corrected = self._compositor.compose(frame, eyes)
        untouched = corrected is frame
        reason = _why_untouched(redirection) if untouched else None
        return Correction(frame, corrected, track, gaze, redirection, reason, clock.ms)

    def close(self) -> None:
        """Release all models."""
        self._tracker.close()
        self._models.close()


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
