"""How long each stage takes on this machine: the correction alone, unpaced, on the demo's own frames."""

import os
import platform
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2

from vcam import __version__
from vcam.meter import CORRECTION, Meter
from vcam.sources.demo import DemoSource
from vcam.types import Correction, Frame

_WARM_UP = 30


class FrameCorrector(Protocol):
    """What is measured."""

    def correct(self, frame: Frame) -> Correction:
        """Correct one frame."""
        ...


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Figures of one run; durations in the meter's snapshot, ms."""

    meter: Meter
    frames: int
    size: tuple[int, int]
    corrected: int
    unpaced_fps: float
    machine: str
    commit: str

    def text(self) -> str:
        """The table that ``gazecam bench`` prints."""
        width, height = self.size
        return (
            f"{self.meter.table()}\n"
            f"{self.unpaced_fps:.0f} frames per second unpaced (correction alone, no decoding, no output)\n"
            f"{self.frames} frames of {width}x{height}, {self.corrected} of them corrected\n"
            f"{self.machine}; {self.commit}"
        )

    def record(self) -> dict[str, Any]:
        """The same for JSON."""
        now = self.meter.snapshot()
        return {
            "stages_ms": {stage: asdict(spread) for stage, spread in now.stages.items()},
            "ratio_to_tracking": now.ratio,
            "unpaced_fps": self.unpaced_fps,
            "frames": self.frames,
            "corrected": self.corrected,
            "size": list(self.size),
            "machine": self.machine,
            "commit": self.commit,
        }


def run_bench(
    corrector: FrameCorrector,
    size: tuple[int, int],
    frames: int,
    progress: Callable[[int, int | None], None],
) -> BenchResult:
    """Correct ``frames`` frames of the demo, scaled to ``size`` (width, height), after a warm-up."""
    meter = Meter(window=frames)
    corrected, spent_s = 0, 0.0
    with closing(DemoSource(realtime=False)) as source:
        for number in range(-_WARM_UP, frames):
            frame = _scaled(source.read(), size)
            start = time.perf_counter()
            correction = corrector.correct(frame)
            elapsed_s = time.perf_counter() - start
            if number < 0:
                continue
            spent_s += elapsed_s
            corrected += correction.reason is None
            for stage, ms in correction.stage_ms.items():
                meter.record(stage, ms)
            meter.record(CORRECTION, elapsed_s * 1e3)
            progress(number + 1, frames)
    return BenchResult(meter, frames, size, corrected, frames / spent_s, machine(), commit())


def _scaled(frame: Frame | None, size: tuple[int, int]) -> Frame:
    assert frame is not None, "the demo runs in a loop"
    if (frame.width, frame.height) == size:
        return frame
    return Frame(frame.index, frame.captured_at, cv2.resize(frame.image, size).astype("uint8", copy=False))


def machine() -> str:
    """Processor, cores and system of this machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{_processor()}, {cores} cores, {system}"


def commit() -> str:
    """The commit of the clone that runs, or the version of an installed package."""
    here = Path(__file__).resolve().parent
    try:
        found = subprocess.run(
            ["git", "-C", str(here), "describe", "--always", "--dirty"],
            check=True,
            capture_output=True,
            text=True,
            timeout=5,
        )
    except (OSError, subprocess.SubprocessError):
        return f"gazecam {__version__}"
    return f"gazecam {__version__}, commit {found.stdout.strip()}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
