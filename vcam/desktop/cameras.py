"""The cameras that a person may choose, looked for off the Qt thread."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from vcam.desktop.jobs import Jobs
from vcam.platform.cameras import OWN_NAME, Camera, list_cameras

FIRST = "camera"
"""The source spec of the first real camera."""
SIZES = ((640, 360), (640, 480), (960, 540), (1280, 720), (1920, 1080))
"""(width, height) px that cameras commonly offer."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry: what the person reads, and the source spec behind it."""

    name: str
    spec: str


class CameraList(QObject):
    """The cameras as they were when last looked for."""

    changed = Signal()
    failed = Signal(str)

    def __init__(
        self, look: Callable[[], Sequence[Camera]] = list_cameras, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._look = look
        self._jobs = Jobs("cameras", self)
        self._found: tuple[Camera, ...] = ()
        self._looking = False

    def refresh(self) -> None:
        """Look again; ``changed`` follows if there is another answer than before."""
        if not self._looking:
            self._looking = True
            self._jobs.do(self._look, self._take, self._fail)

    def choices(self, current: str) -> list[Choice]:
        """What may be chosen, ``current`` (a source spec) among it wherever it comes from."""
        return choices(self._found, current)

    def close(self) -> None:
        """End the thread; it is not waited for."""
        self._jobs.close(0.0)

    def _take(self, found: Sequence[Camera]) -> None:
        self._looking = False
        if tuple(found) != self._found:
            self._found = tuple(found)
            self.changed.emit()

    def _fail(self, problem: str) -> None:
        self._looking = False
        self.failed.emit(problem)


def choices(found: Sequence[Camera], current: str) -> list[Choice]:
    """Entries for the cameras found, the first of them by itself, and what runs now."""
    others = [camera for camera in found if not (camera.virtual and camera.name == OWN_NAME)]
    times = Counter(camera.name for camera in others)
    entries = [Choice("First camera found", FIRST)]
    for camera in others:
        unique = times[camera.name] == 1
        name = camera.name if unique else f"{camera.name} ({camera.number})"
        entries.append(Choice(name, f"camera:{camera.name if unique else camera.number}"))
    if current not in {entry.spec for entry in entries}:
        entries.append(Choice(_name_of(current), current))
    return entries


def _name_of(spec: str) -> str:
    match spec.partition(":"):
        case "camera", ":", name:
            return f"Camera {name}" if name.isdecimal() else f"{name} (not connected)"
        case "demo", "", "":
            return "Demo, no camera"
        case _:
            return Path(spec).name or spec
