"""What a live session does right now, and what happened to it, for people to be told."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias


class Activity(StrEnum):
    """What a session is doing."""

    STARTING = "starting"
    LIVE = "live"
    """Frames are corrected."""
    PASSING = "passing through"
    """Switched on, and the newest frame was left as the camera saw it; ``SessionStatus.reason`` says why."""
    OFF = "off"
    WAITING = "waiting"
    """Nobody reads GazeCam, so the camera is closed."""
    PROBLEM = "problem"
    """No camera or no output; the session tries again by itself."""
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """One moment of a session."""

    activity: Activity
    reason: str | None = None
    """Why frames pass through, e.g. "eyes closed", or what the problem is and what to do."""
    camera: str | None = None
    """Name of the camera, demo or file; None before it was found."""
    size: tuple[int, int] | None = None
    """(width, height) of the pictures that viewers get, px; None before the output is open."""
    fps: float = 0.0
    """Frames delivered per second, lately; 0 while the camera is closed."""
    delay_ms: float | None = None
    """Median of what GazeCam adds; None before the first frame."""
    backend: str = ""
    """What runs the models, e.g. "CPU"; empty before they are loaded."""
    output: str = ""
    """Where frames go, e.g. "GazeCam (/dev/video10)"; empty while that is closed."""
    readers: int | None = None
    """Programs that read the output; None where the system does not tell."""


EventKind: TypeAlias = Literal["camera lost", "camera back", "fell back", "problem", "mended"]


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """Something a person may want to be told of."""

    kind: EventKind
    text: str
    """A sentence or two: what happened and what to do."""
