"""A camera, through OpenCV."""

import errno
import os
import struct
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from vcam.errors import SourceError, SourceStalled, SourceUnavailable
from vcam.types import Frame, Image

_BACKENDS = {"linux": cv2.CAP_V4L2, "win32": cv2.CAP_DSHOW, "darwin": cv2.CAP_AVFOUNDATION}
_RETRY_S = 0.02

# struct v4l2_requestbuffers of linux/videodev2.h: count, type, memory, 2 more
_REQUEST_BUFFERS = struct.pack("5I", 1, 1, 1, 0, 0)
_VIDIOC_REQBUFS = 0xC0145608


class Webcam:
    """Reads the newest picture of a camera; a ``FrameSource``.

    The camera is asked for MJPG, because uncompressed 1280x720 does not fit USB 2 at 30 frames per
    second; one that has no MJPG or not this size delivers what it has, and ``size`` says what.
    """

    def __init__(
        self, device: int | str, size: tuple[int, int] = (1280, 720), fps: float = 30.0, stall_s: float = 2.0
    ) -> None:
        """Open ``device`` (``platform.cameras.Camera.device``); after ``stall_s`` without a frame it is lost.

        Raises:
            SourceUnavailable: absent, not permitted, or held by another program.

        """
        self._device = device
        self._stall_s = stall_s
        self._index = 0
        self._capture = _open(device, size, fps)
        width = self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)
        self._size = int(width), int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self._fps = self._capture.get(cv2.CAP_PROP_FPS) or fps

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px that the camera agreed to deliver."""
        return self._size

    @property
    def fps(self) -> float:
        """Frames per second that the camera claims; dim light may halve them."""
        return self._fps

    def read(self) -> Frame:
        """Block for the next frame; ``captured_at`` is the driver's time where it is of the same clock.

        Raises:
            SourceStalled: none arrived within ``stall_s``, or the camera is gone.
            SourceError: ``close`` was called.

        """
        if not self._capture.isOpened():  # waiting on a released one crashes in OpenCV 5.0
            raise SourceError(f"camera {self._device} is closed")
        deadline = time.perf_counter() + self._stall_s
        while (image := self._try_read(deadline)) is None:
            if time.perf_counter() >= deadline:
                raise SourceStalled(
                    f"camera {self._device}: no frame for {self._stall_s:g} s; is it unplugged or asleep?"
                )
            time.sleep(_RETRY_S)
        frame = Frame(self._index, self._captured_at(), image)
        self._index += 1
        return frame

    def close(self) -> None:
        """Release the camera (its light goes off); safe to call twice."""
        self._capture.release()

    def _try_read(self, deadline: float) -> Image | None:
        if sys.platform == "linux" and not self._arrives_before(deadline):
            return None
        if not self._capture.grab():
            return None
        good, image = self._capture.retrieve()
        return image.astype(np.uint8, copy=False) if good else None

    def _arrives_before(self, deadline: float) -> bool:
        # grab() alone would block for 10 s on a camera that has stopped
        left_s = max(0.0, deadline - time.perf_counter())
        try:
            return cv2.VideoCapture.waitAny([self._capture], int(left_s * 1e9))[0]
        except cv2.error as error:
            raise SourceStalled(f"camera {self._device} reports an error: was it unplugged?") from error

    def _captured_at(self) -> float:
        now = time.perf_counter()
        stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        # Drivers that stamp with another clock are off by far more than a frame can be old.
        return stamp if sys.platform == "linux" and 0 <= now - stamp <= self._stall_s else now


def _open(device: int | str, size: tuple[int, int], fps: float) -> cv2.VideoCapture:
    if sys.platform == "linux" and isinstance(device, str) and not Path(device).exists():
        raise SourceUnavailable(f"camera {device} is not there; is it plugged in?")
    backend = _BACKENDS.get(sys.platform, cv2.CAP_ANY)
    wishes = {
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: size[0],
        cv2.CAP_PROP_FRAME_HEIGHT: size[1],
        cv2.CAP_PROP_FPS: round(fps),
        # One to fill while the other is decoded: with a single one, a camera loses every second frame.
        cv2.CAP_PROP_BUFFERSIZE: 2,
    }
    # With the call that opens it: DirectShow fixes the format there.
    capture = cv2.VideoCapture(device, backend, [value for wish in wishes.items() for value in wish])
    if not capture.isOpened() and capture.open(device, backend):
        # A backend that lacks one of these properties does not open at all when asked for it.
        for wish, value in wishes.items():
            capture.set(wish, value)
    if not capture.isOpened():
        raise SourceUnavailable(f"camera {device} does not open: {_why_closed(device)}")
    return capture


def _why_closed(device: int | str) -> str:
    if sys.platform != "linux" or not isinstance(device, str):
        return (
            "it is not there, another program holds it, or the system's privacy settings"
            " keep it from this program"
        )
    try:
        _try_stream(device)
    except OSError as error:
        match error.errno:
            case errno.EBUSY:
                return f"another program holds it; close that program (sudo fuser -v {device} names it)"
            case errno.EACCES:
                return "no permission; run: sudo usermod -aG video $USER, then log out and in again"
            case _:
                return str(error.strerror)
    return "it delivers no pictures; choose another device"


def _try_stream(path: str) -> None:
    """Ask for a picture buffer and give it back: a driver refuses while another program streams."""
    import fcntl  # only Unix has it

    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.ioctl(descriptor, _VIDIOC_REQBUFS, bytearray(_REQUEST_BUFFERS))
    finally:
        os.close(descriptor)
