"""What became of every frame: the totals, and the report file."""

import json
import math
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

import vcam
from vcam.sinks.partial import PartialFile
from vcam.types import Correction, EyeRedirection, Frame, Gaze

Json = dict[str, Any]


class FrameCorrector(Protocol):
    """One frame in, one frame out: what ``vcam.corrector.Corrector`` does."""

    def correct(self, frame: Frame) -> Correction:
        """The frame as viewers shall see it, and how it came about."""
        ...

    def close(self) -> None:
        """Release the models."""
        ...


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Milliseconds that half, 95 and 99 of 100 frames stay below."""

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Totals:
    """A whole file; ``frames == corrected + sum(passed_through.values())``."""

    frames: int
    with_face: int
    corrected: int
    passed_through: dict[str, int]
    """Frames left untouched, by reason."""
    stage_ms: dict[str, Percentiles]


class Ledger:
    """Counts corrections as they come, and keeps a record of each where a report is wanted."""

    def __init__(self, *, keep_records: bool) -> None:
        self._records: list[Json] | None = [] if keep_records else None
        self._frames = self._with_face = self._corrected = 0
        self._passed_through: Counter[str] = Counter()
        self._stage_ms: defaultdict[str, list[float]] = defaultdict(list)

    def enter(self, correction: Correction) -> None:
        """Take down one frame; they come in order."""
        self._frames += 1
        self._with_face += correction.track is not None
        if correction.reason is None:
            self._corrected += 1
        else:
            self._passed_through[correction.reason] += 1
        for stage, spent in correction.stage_ms.items():
            self._stage_ms[stage].append(spent)
        if self._records is not None:
            self._records.append(_record(correction))

    def totals(self) -> Totals:
        """The sums so far."""
        stages = {
            stage: Percentiles(*(round(float(p), 3) for p in np.percentile(spent, (50, 95, 99))))
            for stage, spent in self._stage_ms.items()
        }
        return Totals(self._frames, self._with_face, self._corrected, dict(self._passed_through), stages)

    def write(self, partial: PartialFile, source: Path, target: Path) -> None:
        """Write the report, JSON: ``frames``, one record each, and ``totals``."""
        origin = {"input": str(source), "output": str(target), "version": vcam.__version__}
        document = {"frames": self._records or [], "totals": asdict(self.totals()) | origin}
        partial.path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _record(correction: Correction) -> Json:
    frame, redirection = correction.original, correction.redirection
    return {
        "index": frame.index,
        "timestamp": round(frame.captured_at, 6),
        "reason": correction.reason,
        "left": None if redirection is None else _eye(redirection.left),
        "right": None if redirection is None else _eye(redirection.right),
        "stage_ms": {stage: round(spent, 3) for stage, spent in correction.stage_ms.items()},
    }


def _eye(redirection: EyeRedirection) -> Json:
    return {
        "gaze_before_deg": _degrees(redirection.source),
        "target_deg": _degrees(redirection.target),
        "strength": round(redirection.strength, 4),
        "reason": redirection.reason,
    }


def _degrees(gaze: Gaze) -> Json:
    return {"pitch": round(math.degrees(gaze.pitch), 3), "yaw": round(math.degrees(gaze.yaw), 3)}
