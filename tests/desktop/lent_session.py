"""A session for the calibration's window: no camera, frames of a simulated person who does what is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QSize

from tests.faces import Person, blank_frame
from tests.sitter import Desk, Sitter
from vcam.calibration import Calibration, Step
from vcam.controls import Controls
from vcam.desktop.calibration_targets import place
from vcam.session import Activity, SessionStatus
from vcam.types import Correction, FaceTrack, GazeEstimate

MM_PER_PX = 25.4 / 96


class LentSession:
    """What the window uses of a ``LiveSession``."""

    def __init__(self) -> None:
        self.controls = Controls()
        self.calibration: Calibration | None = None
        self.shown = SessionStatus(Activity.LIVE)
        self.callbacks: list[Callable[[Correction], None]] = []

    def status(self) -> SessionStatus:
        return self.shown

    def set_calibration(self, calibration: Calibration | None) -> None:
        self.calibration = calibration

    def observe(self, callback: Callable[[Correction], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback) if callback in self.callbacks else None

    def deliver(self, track: FaceTrack | None, gaze: GazeEstimate | None) -> None:
        """One corrected frame."""
        if not self.controls.state.enabled:  # nothing is tracked then
            track = gaze = None
        frame = blank_frame()
        for callback in list(self.callbacks):
            callback(Correction(frame, frame, track, gaze, None, None, {}))


@dataclass(frozen=True)
class WindowDesk(Desk):
    """The targets of a window that fills a screen of 96 px per inch, with the lens above it."""

    px: tuple[int, int] = (1280, 720)

    def target(self, step: Step) -> tuple[float, float]:
        at = place(step, QSize(*self.px))
        return at.x() * MM_PER_PX, at.y() * MM_PER_PX - (8.0 if step == "lens" else 0.0)

    def in_camera(self, step: Step) -> np.ndarray:
        x, y = np.subtract(self.target(step), self.target("lens"))
        return np.array([-x, y, 0.0])


@dataclass
class Follower:
    """Looks where the window asks, 0.3 s late; what the session then says of it."""

    session: LentSession
    sitter: Sitter
    seen: bool = True
    instead: Mapping[Step, Step] = field(default_factory=dict)
    noise_deg: float = 0.5

    def __post_init__(self) -> None:
        self._draw = np.random.default_rng(1)
        self._known: dict[Step, tuple[Person, FaceTrack]] = {}

    def look(self, step: Step) -> None:
        """Deliver one frame of a look at a step's target."""
        if not self.seen:
            self.session.deliver(None, None)
            return
        goal = self.instead.get(step, step)
        if goal not in self._known:
            person = self.sitter.looking_at(goal)
            self._known[goal] = person, person.track()
        person, track = self._known[goal]
        gaze = self.sitter.estimate(person, self._draw.normal(0, self.noise_deg, 2))
        self.session.deliver(track, gaze)
