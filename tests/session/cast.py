"""Cameras, viewers and models that play a scene with a live session; its threads are the real ones."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.faces import Person, gaze_deg
from vcam.calibration import Calibration
from vcam.compose import AlphaCompositor
from vcam.config import Config, load
from vcam.controls import Controls
from vcam.corrector import Corrector, Stages
from vcam.errors import SinkError, SinkUnavailable, SourceStalled, SourceUnavailable
from vcam.session import Fallback, LiveSession, Output, SessionEvent, SessionParts, SourcePlan
from vcam.types import (
    EyeGaze,
    EyeRedirection,
    FaceTrack,
    Frame,
    GazeEstimate,
    RedirectedEye,
    RedirectedEyes,
    Redirection,
)

PATIENCE_S = 20.0
"""Far longer than anything here takes; reached only when something hangs."""
SIZE = (64, 36)
FPS = 100.0
CORRECTED = 255
"""Level of the one pixel that the correction changes."""
TRACK = Person().track()


def until(holds: Callable[[], object], what: str) -> None:
    """Wait for something that a thread of the session does."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.002)


class Camera:
    """Delivers frames of one level, at its rate."""

    fps = FPS

    def __init__(self, house: "House", name: str, size: tuple[int, int]) -> None:
        self.size = size
        self._house, self._name = house, name
        self._closed = threading.Event()

    def read(self) -> Frame:
        gone = self._closed.wait(1 / FPS) or self._name not in self._house.plugged
        if gone:
            raise SourceStalled(f"{self._name} is gone")
        width, height = self.size
        level = self._house.plugged[self._name]
        return Frame(0, time.perf_counter(), np.full((height, width, 3), level, np.uint8))

    def close(self) -> None:
        if not self._closed.is_set():
            self._closed.set()
            self._house.open.remove(self._name)


class House:
    """All cameras: a plugged one has a level; one that is open cannot be opened twice."""

    def __init__(self, **plugged: int) -> None:
        self.plugged = plugged
        self.open: list[str] = []
        self.openings = 0
        self.held: set[str] = set()
        """By other programs."""

    def find(self, config: Config) -> SourcePlan:
        name = config.source.spec.partition(":")[2]
        if name not in self.plugged:
            raise SourceUnavailable(f"there is no camera {name}")
        size = config.source.width, config.source.height
        return SourcePlan(name, lambda: self._opened(name, size), size, FPS, rests=True)

    def _opened(self, name: str, size: tuple[int, int]) -> Camera:
        if name not in self.plugged:
            raise SourceUnavailable(f"{name} is not plugged in")
        if name in self.open or name in self.held:
            raise SourceUnavailable(f"{name} is held by another program")
        self.open.append(name)
        self.openings += 1
        return Camera(self, name, size)


class Viewers:
    """The programs that read the virtual camera: the sink, and the watch on its readers."""

    def __init__(self, count: int | None = 0) -> None:
        self._changed = threading.Condition()
        self._count = count
        self._watching = True
        self.sent: list[Frame] = []
        self.closed = False
        self.failing: Exception | None = None

    def send(self, frame: Frame) -> None:
        assert not self.closed
        if self.failing:
            raise self.failing
        with self._changed:
            self.sent.append(frame)
            self._changed.notify_all()

    def close(self) -> None:
        self.closed = True

    @property
    def last(self) -> Frame:
        return self.sent[-1]

    def see(self, holds: Callable[[Frame], bool], what: str) -> Frame:
        """The next frame of which this is true."""
        with self._changed:
            seen = len(self.sent)
            assert self._changed.wait_for(lambda: any(map(holds, self.sent[seen:])), PATIENCE_S), what
            return next(frame for frame in self.sent[seen:] if holds(frame))

    def come(self, count: int = 1) -> None:
        with self._changed:
            self._count = count
            self._changed.notify_all()

    def readers(self) -> int | None:
        return self._count

    def wait(self, timeout_s: float) -> bool:
        with self._changed:
            before = self._count
            self._changed.wait_for(lambda: self._count != before or not self._watching, timeout_s)
            return self._count != before

    def stop_watching(self) -> None:
        with self._changed:
            self._watching = False
            self._changed.notify_all()

    @property
    def watch(self) -> "Watch":
        return Watch(self)


@dataclass
class Watch:
    """The viewers as a ``ReaderWatch``, whose closing is not that of the sink."""

    viewers: Viewers

    def readers(self) -> int | None:
        return self.viewers.readers()

    def wait(self, timeout_s: float) -> bool:
        return self.viewers.wait(timeout_s)

    def close(self) -> None:
        self.viewers.stop_watching()


class Models:
    """All four stages: they find the person in every frame and paint one pixel."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.tracked = 0
        self.calibration: Calibration | None = None
        self.forgotten = 0
        self.closed = False
        self.error: Exception | None = None

    def track(self, _frame: Frame) -> FaceTrack | None:
        assert not self.closed, "models were closed under a thread at work"
        self.tracked += 1
        if self.error:
            raise self.error
        return TRACK

    def estimate(self, _frame: Frame, _track: FaceTrack) -> GazeEstimate:
        return GazeEstimate(EyeGaze(gaze_deg(-10, 0), 1.0), EyeGaze(gaze_deg(-10, 0), 1.0))

    def calibrate(self, calibration: Calibration | None) -> None:
        self.calibration = calibration

    def decide(self, _frame: Frame, _track: FaceTrack, gaze: GazeEstimate) -> Redirection:
        eye = EyeRedirection(gaze.left.gaze, gaze_deg(0, 0), 1.0)
        return Redirection(eye, eye)

    def forget(self) -> None:
        self.forgotten += 1

    def redirect(self, _frame: Frame, _track: FaceTrack, _redirection: Redirection) -> RedirectedEyes:
        pixel = np.full((1, 1, 3), CORRECTED, np.uint8)
        return RedirectedEyes(RedirectedEye("left", (0, 0), pixel, np.ones((1, 1), np.float32)), None)

    def close(self) -> None:
        self.closed = True


def is_corrected(frame: Frame) -> bool:
    return bool((frame.image[0, 0] == CORRECTED).all())


def level(frame: Frame) -> int:
    """Of the camera that took it; the placeholder's background is 40."""
    return int(frame.image[-1, -1, 0])


PLACEHOLDER = 40


@dataclass
class Scene:
    """A session and all that it meets."""

    house: House = field(default_factory=lambda: House(front=100, side=150))
    viewers: Viewers = field(default_factory=Viewers)
    models: list[Models] = field(default_factory=list)
    calibrations: dict[str, Calibration] = field(default_factory=dict)
    refusal: Exception | None = None
    """Why models cannot be loaded."""
    no_output: Exception | None = None
    settings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.outputs: list[tuple[int, int]] = []
        self.events: list[SessionEvent] = []
        self.session = LiveSession(
            config(*self.settings),
            SessionParts(
                self.house.find, self._build, self._open_output, self._fallback, self.calibrations.get
            ),
        )
        self.session.subscribe(self.events.append)

    def _build(self, built: Config, controls: Controls) -> Corrector:
        if self.refusal:
            raise self.refusal
        models = Models(built.redirector)
        self.models.append(models)
        stages = Stages(models, models, models, models, AlphaCompositor())
        return Corrector(stages, controls, backend="CUDA" if built.engine.backend == "cuda" else "CPU")

    def _open_output(self, _config: Config, size: tuple[int, int], _fps: float) -> Output:
        if self.no_output:
            raise self.no_output
        self.outputs.append(size)
        return Output(self.viewers, "GazeCam (/dev/video10)", self.viewers.watch)

    def _fallback(self, _failed: Config, backend: str) -> Fallback | None:
        return None if backend == "CPU" else Fallback(config("engine.backend=cpu"), "on the CPU")

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


def config(*overrides: str) -> Config:
    """The front camera, unless told otherwise."""
    width, height = SIZE
    own = "source.spec=camera:front", f"source.width={width}", f"source.height={height}"
    return load(None, [*own, "sink.placeholder_after_s=0.2", *overrides])


class Unplugged(SinkUnavailable): ...


class Gone(SinkError): ...
