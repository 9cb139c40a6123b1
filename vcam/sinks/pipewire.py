"""A camera of the PipeWire graph: no kernel module, no root, and as far as PipeWire reaches."""

import logging
import sys
import time
from fractions import Fraction

import cv2
import numpy as np

from vcam.errors import SinkError, SinkUnavailable
from vcam.sinks.pipewire_node import CameraNode
from vcam.sinks.virtual_camera import NEUTRAL_GRAY, fit
from vcam.types import Frame, Image

_log = logging.getLogger(__name__)

_NAME = "GazeCam"
_FAREWELLS, _FAREWELL_S = 4, 0.03
"""How often the neutral picture goes out, and for how long each: the first ones may meet a busy reader."""


class PipeWireSink:
    """Sends frames to readers of the PipeWire camera GazeCam, which has one size for life; a ``FrameSink``.

    Frames of another size are fitted into it, between black bars. While nobody reads a frame costs
    nothing; a reader that is too slow loses frames and holds up nobody. The last picture is plain gray,
    for some readers go on showing the last one they got.
    """

    def __init__(self, size: tuple[int, int], fps: float) -> None:
        """List the camera; an odd width or height loses its last column or row (pixels come in pairs).

        Raises:
            SinkUnavailable: this is not Linux, or PipeWire is missing, too old, not running or refuses.

        """
        if sys.platform != "linux":
            raise SinkUnavailable(
                f"PipeWire camera: PipeWire is Linux's, this is {sys.platform}; use --sink virtual"
            )
        width, height = size[0] & ~1, size[1] & ~1
        if width < 2 or height < 2:
            raise SinkUnavailable(f"PipeWire camera: expected a size of 2x2 px or more, got {size}")
        self._size = width, height
        self._node = CameraNode(_NAME, self._size, Fraction(fps).limit_denominator(1001))
        self._open = True

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px of every picture that readers get."""
        return self._size

    @property
    def watched(self) -> bool:
        """Whether some program takes the frames now."""
        return self._node.watched

    def watch(self) -> "PipeWireReaders":
        """A watch on who reads the camera; one for each thread that wants to know."""
        return PipeWireReaders(self._node)

    def send(self, frame: Frame) -> None:
        """Deliver one frame to whoever reads; never waits for a reader.

        Raises:
            SinkError: PipeWire has ended, or the sink is closed.

        """
        if self.watched:
            self._node.offer(yuy2(fit(frame.image, self._size)))
        else:
            self._node.check()

    def close(self) -> None:
        """Leave the neutral picture and take the camera away; safe to call twice."""
        if not self._open:
            return
        self._open = False
        try:
            if self.watched:
                self._leave_neutral()
        except SinkError as error:
            _log.warning("no neutral picture left: %s", error)
        finally:
            self._node.close()

    def _leave_neutral(self) -> None:
        width, height = self._size
        neutral = yuy2(np.full((height, width, 3), NEUTRAL_GRAY, np.uint8))
        for _ in range(_FAREWELLS):
            self._node.offer(neutral)
            time.sleep(_FAREWELL_S)


class PipeWireReaders:
    """Who reads the PipeWire camera, as PipeWire tells of each change; a ``ReaderWatch``."""

    def __init__(self, node: CameraNode) -> None:
        self._node = node
        self._seen = node.graph.news
        self._closed = False

    def readers(self) -> int | None:
        """How many programs have the camera open; None once it is gone."""
        return self._node.graph.readers if self._node.alive and not self._closed else None

    def wait(self, timeout_s: float) -> bool:
        """Block until somebody came or went (True) or the time is up; at once False after ``close``."""
        if self._closed:
            return False
        heard = self._node.graph.wait(self._seen, timeout_s)
        self._seen = self._node.graph.news
        return heard and not self._closed

    def close(self) -> None:
        """End the watch, and a ``wait`` that is under way; safe to call twice."""
        self._closed = True
        self._node.graph.wake()


def yuy2(image: Image) -> Image:
    """BGR (H, W, 3) with even sides -> (H, W, 2) YUY2, BT.601 in limited range, colors shared by 2x2 px.

    By way of I420, because OpenCV's own conversion to YUY2 takes four times as long (2.7 ms at 720p).
    """
    height, width = image.shape[:2]
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420).reshape(-1)
    luma, u, v = np.split(planes, (height * width, height * width * 5 // 4))
    colors = cv2.merge((u, v)).reshape(height // 2, width)
    return np.asarray(cv2.merge((luma.reshape(height, width), np.repeat(colors, 2, axis=0))), np.uint8)
