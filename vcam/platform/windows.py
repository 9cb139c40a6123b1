"""Camera names and virtual-camera filters of Windows, in DirectShow's own order.

Written from the sources of FFmpeg, OpenCV and pyvirtualcam; not yet run on Windows.
"""

import sys
from collections.abc import Sequence
from typing import Protocol

from vcam.errors import SourceUnavailable

# Where DirectShow filters register; pyvirtualcam looks at the same keys.
_UNITY_CLSID = "CLSID\\{5C2CD55C-92AD-4999-8666-912BD3E70010}"
_OBS_CLSID = "CLSID\\{A3FCE0F5-3493-419F-958A-ABA1250EC20B}"


class DirectShowDevice(Protocol):
    """The part of PyAV's ``DeviceInfo`` that is read here."""

    @property
    def description(self) -> str:
        """The friendly name."""
        ...

    @property
    def media_types(self) -> list[str]:
        """E.g. ["video"]; empty where the pins do not say."""
        ...


def camera_names() -> list[str]:
    """Friendly names; a name's position is the index OpenCV's DirectShow reader takes.

    Raises:
        SourceUnavailable: DirectShow could not be asked.

    """
    import av
    from av.error import FFmpegError

    try:
        return video_names(av.enumerate_input_devices("dshow"))
    except (FFmpegError, ValueError) as error:
        raise SourceUnavailable(
            f"cannot list the cameras through DirectShow: {error}; choose one by its number"
        ) from error


def video_names(devices: Sequence[DirectShowDevice]) -> list[str]:
    """Keep what is not a microphone: some virtual cameras state no media type until they run."""
    return [device.description for device in devices if "audio" not in device.media_types]


def unity_capture_name(*, wow64: bool = False) -> str | None:
    """Name the UnityCapture filter has for 64-bit (``wow64``: 32-bit) programs, None where it is absent."""
    return _default_value(f"WOW6432Node\\{_UNITY_CLSID}" if wow64 else _UNITY_CLSID)


def obs_installed() -> bool:
    """Whether the OBS virtual camera is registered."""
    return _default_value(_OBS_CLSID) is not None


def _default_value(key: str) -> str | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        return winreg.QueryValue(winreg.HKEY_CLASSES_ROOT, key).rstrip("\0 ")
    except OSError:
        return None
