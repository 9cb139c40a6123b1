"""Keeps the picture coming: the newest corrected frame, else the camera's own, else a placeholder."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np

from vcam.meter import Meter
from vcam.side_by_side import side_by_side
from vcam.slot import LatestSlot, SlotClosed
from vcam.stages import FrameSink
from vcam.types import Correction, Frame

_PLACEHOLDER_GRAY = 40
_REST_S = 1.0
"""How often a source at rest is stood in for: seldom, and enough for the device to stay listed."""


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class SendingRules:
    """How frames are sent."""

    size: tuple[int, int]
    """(width, height) of the source, px: what a placeholder has before the first frame."""
    fps: float
    repeat: bool
    """Whether the sink wants a steady rate (a camera) or each frame once (a file)."""
    compare: bool
    """Whether before and after are sent side by side."""
    pass_through_after_s: float
    """Silence of the corrector after which the camera's own frames are sent."""
    placeholder_after_s: float
    """Silence of the camera after which the placeholder is sent."""
    at_rest: Callable[[], bool] = _never
    """Whether the camera is closed on purpose just now, so that no frame is due."""


class Sender:
    """Sends at least every one and a half frame intervals to a sink that repeats, else as frames come.

    Runs on the thread that calls ``run``; windows need that to be the main one on macOS.
    """

    def __init__(
        self,
        sink: FrameSink,
        corrected: LatestSlot[Correction],
        newest_captured: Callable[[], Frame | None],
        meter: Meter,
        rules: SendingRules,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """``newest_captured`` peeks at the camera's last frame; ``clock`` is the one of ``captured_at``."""
        self._sink = sink
        self._corrected = corrected
        self._newest_captured = newest_captured
        self._meter = meter
        self.rules = rules
        """May be replaced from any thread; the next frame is sent by the new ones."""
        self._clock = clock
        self._last: Frame | None = None
        self._heard_s = 0.0
        self._placeholder: Frame | None = None

    def run(self, until_s: float | None = None) -> None:
        """Send until the slot closes, or for ``until_s`` seconds after the first frame.

        A closed slot, and a window that its user closed, are the normal end.

        Raises:
            SinkError: the sink no longer takes frames.
        """
        with suppress(SlotClosed):
            self._send_until(until_s)

    def _send_until(self, until_s: float | None) -> None:
        self._heard_s = self._clock()
        end: float | None = None
        resting = False
        while end is None or self._clock() < end:
            correction = self._corrected.take(self._patience_s(resting, end))
            resting = self.rules.at_rest()
            if resting:
                self._rest(correction)
            elif correction is not None:
                self._send_corrected(correction)
            elif self.rules.repeat:
                self._send_stand_in()
            if end is None and until_s is not None and self._last is not None:
                end = self._clock() + until_s

    def _patience_s(self, resting: bool, end: float | None) -> float:
        """How long to wait for the next frame."""
        if not resting:
            # a little more than one interval, so that a frame that is only just late still comes first
            return 1.5 / self.rules.fps
        return _REST_S if end is None else min(_REST_S, max(0.0, end - self._clock()))

    def _send_corrected(self, correction: Correction) -> None:
        frame = self._shown(correction.original, correction.frame)
        self._sink.send(frame)
        self._meter.delivered(frame.captured_at, self._clock())
        self._last, self._heard_s = frame, frame.captured_at

    def _rest(self, straggler: Correction | None) -> None:
        """Show no face once the camera is closed on purpose, and tell that it will come."""
        if straggler is not None:
            self._meter.count("dropped")
        stand_in = self._placeholder_like(None)
        self._last = self._shown(stand_in, stand_in)
        self._sink.send(Frame(stand_in.index, self._clock(), self._last.image))

    def _send_stand_in(self) -> None:
        """What to send while the corrector is silent: the last frame, the camera's own, a placeholder."""
        now, rules, captured = self._clock(), self.rules, self._newest_captured()
        camera_silent_s = now - (captured.captured_at if captured else self._heard_s)
        if camera_silent_s > rules.placeholder_after_s:
            stand_in, reason = self._placeholder_like(captured), "camera away"
        elif captured is not None and now - self._heard_s > rules.pass_through_after_s:
            stand_in, reason = captured, "correction late"
        elif self._last is not None:
            self._meter.count("repeated")
            self._sink.send(Frame(self._last.index, now, self._last.image))
            return
        else:
            return
        self._meter.count(reason)
        self._last = self._shown(stand_in, stand_in)
        self._sink.send(Frame(stand_in.index, now, self._last.image))

    def _shown(self, before: Frame, after: Frame) -> Frame:
        """The frame as the sink gets it."""
        if not self.rules.compare:
            return after
        return Frame(after.index, after.captured_at, side_by_side(before.image, after.image))

    def _placeholder_like(self, frame: Frame | None) -> Frame:
        width, height = (frame.width, frame.height) if frame else self.rules.size
        if self._placeholder is None or (self._placeholder.width, self._placeholder.height) != (
            width,
            height,
        ):
            self._placeholder = Frame(0, 0.0, placeholder(width, height))
        return self._placeholder


def placeholder(width: int, height: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A calm (H, W, 3) picture that says that the camera is away."""
    image = np.full((height, width, 3), _PLACEHOLDER_GRAY, np.uint8)
    text, font, scale = "GazeCam: waiting for the camera", cv2.FONT_HERSHEY_SIMPLEX, width / 900
    (w, h), _ = cv2.getTextSize(text, font, scale, 1)
    at = ((width - w) // 2, (height + h) // 2)
    cv2.putText(image, text, at, font, scale, (170, 170, 170), max(1, round(scale)), cv2.LINE_AA)
    return image
