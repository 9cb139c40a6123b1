"""The virtual camera that meeting programs list."""

import logging
from typing import TYPE_CHECKING

import numpy as np

from vcam.errors import SinkError, SinkUnavailable
from vcam.sinks.letterbox import letterbox
from vcam.types import Frame, Image

if TYPE_CHECKING:
    from pyvirtualcam import Camera

log = logging.getLogger(__name__)

NEUTRAL_GRAY = 32


class VirtualCameraSink:
    """Sends frames to a device that has one size for life; a ``FrameSink``.

    Readers fix their picture size when they open the device, so frames of another size are fitted
    into this one, between black bars. The last thing ever sent is a plain gray picture: some readers
    go on showing the last frame they got, and that must not be a face.
    """

    def __init__(self, device: str, backend: str, size: tuple[int, int], fps: float) -> None:
        """Open ``device`` through pyvirtualcam's ``backend`` (see ``platform.virtual_device``).

        An odd width or height loses its last column or row: the colors are stored for 2x2 px blocks.

        Raises:
            SinkUnavailable: the device does not open at this size.

        """
        width, height = size[0] & ~1, size[1] & ~1
        if width < 2 or height < 2:
            raise SinkUnavailable(f"virtual camera {device}: expected a size of 2x2 px or more, got {size}")
        self._device = device
        self._neutral = np.full((height, width, 3), NEUTRAL_GRAY, np.uint8)
        self._camera = _open(device, backend, width, height, fps)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px of every picture that readers get."""
        height, width = self._neutral.shape[:2]
        return width, height

    def send(self, frame: Frame) -> None:
        """Deliver one frame at once; the caller keeps the pace.

        Raises:
            SinkError: the device is gone or closed.

        """
        if self._camera is None:
            raise SinkError(f"virtual camera {self._device} is closed")
        try:
            self._camera.send(fit(frame.image, self.size))
        except (OSError, RuntimeError) as error:
            raise SinkError(
                f"virtual camera {self._device} takes no frames: {error};"
                " was its driver unloaded? `run_vcam.py doctor` checks it"
            ) from error

    def close(self) -> None:
        """Leave the neutral picture and release the device; safe to call twice."""
        camera, self._camera = self._camera, None
        if camera is None:
            return
        try:
            camera.send(self._neutral)
        except (OSError, RuntimeError) as error:
            log.warning("virtual camera %s: no neutral picture left: %s", self._device, error)
        finally:
            camera.close()


def fit(image: Image, size: tuple[int, int]) -> Image:
    """``image`` at (width, height) px: as it is, less an odd last row or column, or letterboxed."""
    width, height = size
    rows, columns = image.shape[:2]
    if 0 <= rows - height <= 1 and 0 <= columns - width <= 1:
        return image[:height, :width]
    return letterbox(image, size)


def _open(device: str, backend: str, width: int, height: int, fps: float) -> "Camera":
    # Imported here: pyvirtualcam loads a native module of the operating system.
    from pyvirtualcam import Camera, PixelFormat, register_backend
    from pyvirtualcam.camera import BACKENDS

    if backend not in BACKENDS:
        raise SinkUnavailable(
            f"virtual camera {device}: pyvirtualcam has no backend {backend!r} on this system;"
            f" it has: {', '.join(sorted(BACKENDS))}"
        )
    if backend == "v4l2loopback":
        from vcam.sinks import v4l2

        register_backend(v4l2.NAME, v4l2.LoopbackOutput)
        backend = v4l2.NAME
    try:
        return Camera(width, height, fps, fmt=PixelFormat.BGR, device=device, backend=backend)
    except RuntimeError as error:
        reason = str(error).removeprefix(f"{backend!r} backend: ")
        raise SinkUnavailable(
            f"virtual camera {device} does not open at {width}x{height}: {reason}"
        ) from error
