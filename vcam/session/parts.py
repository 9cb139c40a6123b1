"""What a session is made of, handed in from outside: source, correction, output, from the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vcam.calibration import Calibration
from vcam.config import Config
from vcam.controls import Controls
from vcam.pipeline import FrameCorrector
from vcam.platform.readers import ReaderWatch
from vcam.stages import FrameSink, FrameSource


@dataclass(frozen=True, slots=True)
class SourcePlan:
    """A source that is not open."""

    name: str
    """What a person calls it: a camera's name, "demo" or a file's name."""
    open: Callable[[], FrameSource]
    """Opens it, as often as asked; raises SourceError where it cannot."""
    size: tuple[int, int]
    """(width, height) that is expected of it, px."""
    fps: float
    rests: bool
    """Whether it may be closed while nobody watches; a file may not, it would start over."""
    found: bool = True
    """Whether it was there; one that was not is looked for whenever it is to be opened."""


@dataclass(frozen=True, slots=True)
class Output:
    """An open sink, and who looks at it."""

    sink: FrameSink
    name: str
    """E.g. "GazeCam (/dev/video10)"."""
    readers: ReaderWatch


class LiveStages(FrameCorrector, Protocol):
    """The correction as a session uses it: ``vcam.corrector.Corrector``."""

    @property
    def backend(self) -> str:
        """What runs the models, e.g. "CPU"."""
        ...

    def calibrate(self, calibration: Calibration | None) -> None:
        """Take the person's own correction of the estimate into account from the next frame on."""
        ...

    def close(self) -> None:
        """Release the models."""
        ...


@dataclass(frozen=True, slots=True)
class Fallback:
    """A correction that asks less of the machine."""

    config: Config
    how: str
    """As in "it goes on ...", e.g. "on the CPU"."""


@dataclass(frozen=True, slots=True)
class SessionParts:
    """How to make each part from the settings; each raises a VcamError where it cannot."""

    find_source: Callable[[Config], SourcePlan]
    """Find the source without opening a camera."""
    build_corrector: Callable[[Config, Controls], LiveStages]
    """Load the models; takes seconds."""
    open_output: Callable[[Config, tuple[int, int], float], Output]
    """Open the output for pictures of (width, height) px at so many per second."""
    fallback: Callable[[Config, str], Fallback | None]
    """What to do when the correction by these settings has failed on that backend; None: nothing is left."""
    stored_calibration: Callable[[str], Calibration | None]
    """The person's own, for a camera by its name."""
