"""Our own v4l2loopback output, registered with pyvirtualcam beside its built-in one.

The built-in one of pyvirtualcam 0.15.0 has three gaps on Linux. It prints a failed write and goes on,
so a dead camera looks alive. It does not look at the size that the driver granted, so a reader that
holds another size gets a garbled picture. And it only writes, after which module 0.12.7 (with
``exclusive_caps=1``) takes no second start until it is reloaded.
"""

import errno
import fcntl
import os
import struct

import cv2

from vcam.types import Image

NAME = "v4l2loopback-checked"

# struct v4l2_format of linux/videodev2.h on 64-bit systems: type, padding, then width, height, fourcc
_FORMAT = struct.Struct("I4x2I4s188x")
_VIDIOC_G_FMT, _VIDIOC_S_FMT, _VIDIOC_STREAMON = 0xC0D05604, 0xC0D05605, 0x40045612
_OUTPUT = 2
_I420 = b"YU12"


class LoopbackOutput:
    """Writes BGR pictures as I420; the methods are those that pyvirtualcam asks of a backend.

    All errors are ``OSError``: pyvirtualcam turns one from the constructor into its own kind.
    """

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str) -> None:
        """``fps`` and ``fourcc`` come with pyvirtualcam's call; the reader sets the pace, frames are BGR."""
        del fps, fourcc
        self._size = (width, height)
        self._device = device
        self._descriptor = os.open(device, os.O_WRONLY | os.O_CLOEXEC)
        self._keeper = -1
        try:
            request_format(self._descriptor, self._size)
            self._keeper = keep_restartable(device)
        except OSError:
            self.close()
            raise

    def send(self, frame: Image) -> None:
        """Write one picture, given as the flat array that pyvirtualcam hands over."""
        width, height = self._size
        write_i420(self._descriptor, frame.reshape(height, width, 3))

    def close(self) -> None:
        """Close the keeper last: its closing gives the device its output ability back."""
        for descriptor in (self._descriptor, self._keeper):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._keeper = -1

    def device(self) -> str:
        """Path of the node."""
        return self._device

    def native_fourcc(self) -> int:
        """I420, as the number pyvirtualcam knows it by."""
        return int.from_bytes(b"I420", "little")


def request_format(descriptor: int, size: tuple[int, int]) -> None:
    """Set the output size, and read it back: the driver keeps an older one silently while it is in use.

    Raises:
        OSError: refused, or another size than asked is in force.

    """
    fcntl.ioctl(descriptor, _VIDIOC_S_FMT, bytearray(_FORMAT.pack(_OUTPUT, *size, _I420)))
    answer = bytearray(_FORMAT.pack(_OUTPUT, 0, 0, b""))
    fcntl.ioctl(descriptor, _VIDIOC_G_FMT, answer)
    _, width, height, pixels = _FORMAT.unpack(answer)
    if (width, height) != size or pixels != _I420:
        raise OSError(
            f"it stays at {width}x{height} {pixels.decode(errors='replace')} instead of"
            f" {size[0]}x{size[1]} YU12 while another program has it open; close that program, or"
            f" start with --size {width}x{height}"
        )


def keep_restartable(device: str) -> int:
    """Open a second descriptor that gives the device its output ability back when it is closed.

    Module 0.12.7 does that only for an opener that asked to stream; the kernel closes it for a killed
    program too. Newer modules need no such help and refuse the request, which is as good.

    Raises:
        OSError: the device cannot be opened again.

    """
    keeper = os.open(device, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.ioctl(keeper, _VIDIOC_STREAMON, struct.pack("I", _OUTPUT))
    except OSError as error:
        if error.errno != errno.EINVAL:
            os.close(keeper)
            raise
    return keeper


def write_i420(descriptor: int, image: Image) -> None:
    """Write one BGR picture (even width and height) as I420, limited range.

    Raises:
        OSError: it was not taken, or not whole.

    """
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    written = os.write(descriptor, planes.data)
    if written != planes.nbytes:
        raise OSError(f"it took {written} of {planes.nbytes} bytes of a frame")
