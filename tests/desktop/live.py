"""Real live sessions whose output is a list instead of a device: what viewers would get."""

import dataclasses
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vcam.calibration import Calibration
from vcam.calibration_store import CalibrationStore
from vcam.config import Config
from vcam.controls import Controls
from vcam.errors import SourceStalled, SourceUnavailable
from vcam.session import LiveSession, Output, SessionParts, SourcePlan
from vcam.types import Correction, Frame

SIZE = (64, 48)
GRAY, WHITE = 90, 255


class Viewers:
    """A sink that keeps the newest frame, and a count of readers that a test sets."""

    def __init__(self, readers: int | None = 1) -> None:
        self.count = readers
        self.newest: Frame | None = None
        self._closed = threading.Event()

    def send(self, frame: Frame) -> None:
        self.newest = frame

    def sees(self, level: int) -> bool:
        """Whether the newest picture is plain and of this gray."""
        return self.newest is not None and bool((self.newest.image == level).all())

    def readers(self) -> int | None:
        return self.count

    def wait(self, timeout_s: float) -> bool:
        return self._closed.wait(timeout_s)

    def close(self) -> None:
        self._closed.set()


class PlainCamera:
    """Plain gray pictures, until it is unplugged."""

    def __init__(self) -> None:
        self.plugged = True
        self.size, self.fps = SIZE, 60.0
        self._index = 0
        self._closed = threading.Event()

    def open(self) -> "PlainCamera":
        if not self.plugged:
            raise SourceUnavailable("camera Plain is not there; is it plugged in?")
        self._closed.clear()
        return self

    def read(self) -> Frame | None:
        self._closed.wait(1 / self.fps)
        if not self.plugged:
            raise SourceStalled("camera Plain has stopped delivering")
        self._index += 1
        return Frame(self._index, time.perf_counter(), np.full((SIZE[1], SIZE[0], 3), GRAY, np.uint8))

    def close(self) -> None:
        self._closed.set()


class Whitener:
    """Stands for the correction: a corrected frame is white, and off leaves it alone."""

    backend = "CPU"

    def __init__(self, controls: Controls) -> None:
        self._controls = controls

    def correct(self, frame: Frame) -> Correction:
        if not self._controls.state.enabled:
            return Correction(frame, frame, None, None, None, "off", {})
        white = Frame(frame.index, frame.captured_at, np.full_like(frame.image, WHITE))
        return Correction(frame, white, None, None, None, None, {})

    def calibrate(self, calibration: Calibration | None) -> None:
        pass

    def close(self) -> None:
        pass


def plain_session(config: Config, viewers: Viewers, camera: PlainCamera) -> LiveSession:
    """The product's session around a plain camera; any other camera that is asked for is not there."""

    def find_source(config: Config) -> SourcePlan:
        if config.source.spec not in ("camera", "camera:Plain"):
            raise SourceUnavailable(f"no camera matches {config.source.spec!r}; there is: 0 'Plain'")
        return SourcePlan("Plain", camera.open, SIZE, camera.fps, rests=True)

    parts = SessionParts(
        find_source=find_source,
        build_corrector=lambda _config, controls: Whitener(controls),
        open_output=_into(viewers),
        fallback=lambda _config, _backend: None,
        stored_calibration=lambda _camera: None,
    )
    return LiveSession(config, parts)


def demo_session(config: Config, viewers: Viewers, folder: Path) -> LiveSession:
    """The product's own parts, models and all, but for the output."""
    from vcam.assembly import session_parts  # MediaPipe and the models take seconds to import

    real = session_parts(CalibrationStore(folder / "calibrations.json"))
    return LiveSession(config, dataclasses.replace(real, open_output=_into(viewers)))


def _into(viewers: Viewers) -> Callable[[Config, tuple[int, int], float], Output]:
    def open_output(_config: Config, _size: tuple[int, int], _fps: float) -> Output:
        return Output(viewers, "GazeCam (/dev/video10)", viewers)

    return open_output
