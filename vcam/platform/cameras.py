"""Cameras by name, on all three systems; never our own output, or the picture would feed itself."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from vcam.errors import SourceUnavailable
from vcam.platform import linux, macos, windows

OWN_NAME = "GazeCam"
_VIRTUAL_NAMES = re.compile(r"virtual|gazecam|unity video capture|manycam|xsplit|snap camera", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Camera:
    """One thing to read pictures from."""

    name: str
    device: int | str
    """What ``sources.webcam.Webcam`` opens: the node's path on Linux, an index elsewhere."""
    virtual: bool

    @property
    def number(self) -> int:
        """The number a user may choose it by."""
        return self.device if isinstance(self.device, int) else int(re.sub(r".*\D", "", self.device))


def list_cameras() -> list[Camera]:
    """Cameras that deliver pictures now, in the system's order.

    Raises:
        SourceUnavailable: the system could not be asked.

    """
    match sys.platform:
        case "linux":
            nodes = linux.video_nodes()
            return [Camera(node.name, node.path, node.loopback) for node in nodes if node.captures]
        case "win32":
            return numbered(windows.camera_names())
        case "darwin":
            return numbered(macos.camera_names())
        case system:
            raise SourceUnavailable(f"cameras are read on Linux, Windows and macOS, not on {system}")


def numbered(names: Sequence[str]) -> list[Camera]:
    """Cameras whose position is their index; virtual ones are known by their names only."""
    return [Camera(name, index, bool(_VIRTUAL_NAMES.search(name))) for index, name in enumerate(names)]


def find_camera(wanted: str | None) -> Camera:
    """The camera that ``wanted`` means: None the first real one, digits a number, else a name or part of it.

    Raises:
        SourceUnavailable: there is none or more than one; the message lists what there is.

    """
    return choose_camera(list_cameras(), wanted, closed=_closed_nodes())


def find_again(camera: Camera) -> Camera:
    """The same camera after it was unplugged: perhaps under another number, never under another name.

    Raises:
        SourceUnavailable: it has not come back.
    """
    same = [found for found in list_cameras() if found.name == camera.name]
    if not same:
        raise SourceUnavailable(f"camera {camera.name} is not there; is it plugged in?")
    return camera if camera in same else same[0]


def choose_camera(cameras: Sequence[Camera], wanted: str | None, closed: Sequence[str] = ()) -> Camera:
    """``find_camera`` on a given list; ``closed`` names devices that this user may not open."""
    found = _matching(cameras, wanted)
    if len(found) == 1 and not _own(found[0]):
        return found[0]
    there_is = "; ".join(map(_describe, cameras)) or "none"
    what = "no camera found" if wanted is None else f"no camera matches {wanted!r}"
    advice = "connect one, or take --source demo" if wanted is None else "choose by number or name"
    if found and _own(found[0]):
        what, advice = f"{wanted!r} is GazeCam's own output", "choose the camera it should read"
    elif len(found) > 1:
        what, advice = f"{len(found)} cameras match {wanted!r}", "choose one by its number"
    elif closed and not found:
        there_is += f", and without permission {', '.join(closed)}"
        advice = "run: sudo usermod -aG video $USER, then log out and in again"
    raise SourceUnavailable(f"{what}; there is: {there_is}; {advice}")


def _matching(cameras: Sequence[Camera], wanted: str | None) -> list[Camera]:
    if wanted is None:
        return [camera for camera in cameras if not camera.virtual][:1]
    if wanted.isdecimal():
        return [camera for camera in cameras if camera.number == int(wanted)]
    asked = wanted.casefold()
    exact = [camera for camera in cameras if asked in (camera.name.casefold(), camera.device)]
    return exact or [camera for camera in cameras if asked in camera.name.casefold()]


def _own(camera: Camera) -> bool:
    return camera.virtual and camera.name == OWN_NAME


def _describe(camera: Camera) -> str:
    return f"{camera.number} {camera.name!r}" + (" (virtual)" if camera.virtual else "")


def _closed_nodes() -> list[str]:
    if sys.platform != "linux":
        return []
    return [
        f"{node.path} {node.name!r}"
        for node in linux.video_nodes()
        if isinstance(node.problem, PermissionError)
    ]
