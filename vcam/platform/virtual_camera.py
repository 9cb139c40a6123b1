"""Where the corrected picture goes: the virtual camera that other programs list as GazeCam."""

import sys
from collections.abc import Sequence

from vcam.errors import SinkUnavailable, SourceUnavailable
from vcam.platform import linux, loopback, macos, windows
from vcam.platform.virtual_device import Problem, VirtualDevice

OBS_NAME = "OBS Virtual Camera"


def find_virtual_camera(name: str = "GazeCam") -> VirtualDevice:
    """The device to send to.

    Raises:
        SinkUnavailable: there is none that takes frames; the message ends with what to do.

    """
    found = locate_virtual_camera(name)
    if isinstance(found, Problem):
        raise SinkUnavailable(f"{found.message}. To fix it: {found.fix}")
    return found


def locate_virtual_camera(name: str) -> VirtualDevice | Problem:
    """The device to send to, or why there is none."""
    match sys.platform:
        case "linux":
            return loopback.locate(linux.video_nodes(), loopback.read_module(), name)
        case "win32":
            return locate_on_windows(windows.unity_capture_name(), windows.obs_installed(), name)
        case "darwin":
            try:
                return locate_on_macos(macos.camera_names())
            except SourceUnavailable as error:
                return Problem(str(error), "start OBS once and allow its camera extension")
        case system:
            return Problem(f"there is no virtual camera for {system}", "use Linux, Windows or macOS")


def locate_on_windows(unity_name: str | None, has_obs: bool, name: str) -> VirtualDevice | Problem:
    """UnityCapture under our name, else OBS; a filter under another name may be somebody else's."""
    if unity_name == name:
        return VirtualDevice(name, name, "unitycapture")
    if has_obs:
        return VirtualDevice(OBS_NAME, OBS_NAME, "obs")
    registered = "no virtual camera is registered"
    if unity_name is not None:
        registered = (
            f"UnityCapture is registered as {unity_name!r}, not as {name!r}, and OBS is not installed"
        )
    return Problem(
        registered,
        "as administrator, for both UnityCaptureFilter64bit.dll and UnityCaptureFilter32bit.dll:"
        f' regsvr32 UnityCaptureFilter64bit.dll "/i:UnityCaptureName={name}"',
    )


def locate_on_macos(camera_names: Sequence[str]) -> VirtualDevice | Problem:
    """OBS, whose extension shows among the cameras once it was allowed."""
    if OBS_NAME in camera_names:
        return VirtualDevice(OBS_NAME, OBS_NAME, "obs")
    return Problem(
        "the OBS virtual camera is not there",
        "install OBS 30 or newer, choose Start Virtual Camera in it once, allow the extension, quit OBS",
    )
