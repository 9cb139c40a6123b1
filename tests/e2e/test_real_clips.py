"""Real people: the beginning of two clips through ``process --lossless --report``, judged independently.

The clips are not part of the project; they lie in ``shared/data`` beside the repository, where that is.
"""

import json
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.clips import read_packets, read_times
from tests.e2e.footage import cut, images
from tests.e2e.rereading import Rereading
from tests.e2e.witness import Witness, changed
from vcam.cli import main
from vcam.track import MeshTracker, TrackingSettings
from vcam.types import Frame, GazeEstimate

VIDEOS = Path(__file__).parents[3] / "shared/data/videos"
CLIPS = ("reading_below_camera_1280x720.mp4", "glasses_and_blinks_512x480.mp4")
FRAMES = 100  # each of the two has blinked by then
SIDES = ("left", "right")

pytestmark = [
    pytest.mark.skipif(not VIDEOS.is_dir(), reason=f"the real clips are not here: no folder {VIDEOS}"),
    pytest.mark.timeout(300),
]


@dataclass(frozen=True)
class Look:
    """One frame before and after; the pictures themselves are judged at once."""

    record: dict[str, Any]
    """The report's."""
    openness: float
    untouched: bool
    changed_outside: int
    asked_deg: float
    """How far the gaze was to be turned, mean of both eyes."""
    missed_deg: float
    """How far from that it was turned: the step between two readings by geometry, of which what the reading
    has against this person cancels."""


@dataclass(frozen=True)
class Run:
    """One clip through the program."""

    source: Path
    target: Path
    totals: dict[str, Any]
    looks: list[Look]

    @property
    def blinks(self) -> list[Look]:
        """Frames with closed lids; half-closed ones, which may go either way, are not among them."""
        usual = float(np.median([look.openness for look in self.looks]))
        return [look for look in self.looks if look.openness < 0.4 * usual]


@pytest.fixture(scope="module", params=CLIPS)
def run(request, tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("real")
    source = cut(VIDEOS / request.param, folder / request.param, FRAMES)
    target, report = folder / "corrected.mkv", folder / "report.json"
    assert main(["process", str(source), str(target), "--lossless", "--report", str(report)]) == 0
    told = json.loads(report.read_text("utf-8"))
    return Run(source, target, told["totals"], judged(source, target, told["frames"]))


def judged(source: Path, target: Path, records: list[dict[str, Any]]) -> list[Look]:
    with (
        closing(MeshTracker(TrackingSettings())) as tracker,
        closing(Rereading()) as rereading,
        closing(Rereading()) as reading,
        closing(Witness()) as witness,
    ):
        looks = []
        for record, before, after in zip(records, images(source), images(target), strict=True):
            time = record["index"], record["timestamp"]
            track = tracker.track(Frame(*time, before))
            assert track, f"frame {record['index']}: no face"
            step = read(rereading.read(Frame(*time, after), track)) - read(
                reading.read(Frame(*time, before), track)
            )
            different, eyes = changed(before, after), witness.eyes(before)
            outside = int((different & ~eyes.grown()).sum())
            asked = reported(record, "target_deg") - reported(record, "gaze_before_deg")
            looks.append(
                Look(record, eyes.openness, not different.any(), outside, length(asked), length(step - asked))
            )
        return looks


def reported(record: dict[str, Any], what: str) -> NDArray[np.float64]:
    """Pitch and yaw (2, 2) of both eyes, deg."""
    return np.array([(record[side][what]["pitch"], record[side][what]["yaw"]) for side in SIDES])


def read(gaze: GazeEstimate) -> NDArray[np.float64]:
    """Pitch and yaw (2, 2) of both eyes, deg."""
    return np.degrees([(eye.gaze.pitch, eye.gaze.yaw) for eye in (gaze.left, gaze.right)])


def length(steps: NDArray[np.float64]) -> float:
    """Mean length of both eyes' steps (2, 2)."""
    return float(np.linalg.norm(steps, axis=1).mean())


def test_every_frame_comes_out_at_its_time(run):
    before, after = read_times(run.source), read_times(run.target)
    assert len(before) == len(after) == len(run.looks) == FRAMES
    assert max(abs(float(a - b)) for a, b in zip(before, after, strict=True)) <= 0.001


def test_the_sound_is_the_inputs_packet_by_packet(run):
    packets = read_packets(run.source, "audio")
    assert len(packets) > 100
    assert read_packets(run.target, "audio") == packets


def test_outside_the_eyes_not_one_pixel_differs(run):
    assert [look.changed_outside for look in run.looks] == [0] * FRAMES


def test_closed_eyes_stay_bit_identical(run):
    assert len(run.blinks) >= 4
    assert [look.record["index"] for look in run.blinks if not look.untouched] == []


def test_the_report_says_which_frames_were_changed(run):
    assert [look.record["index"] for look in run.looks] == list(range(FRAMES))
    assert [look.record["index"] for look in run.looks if look.record["reason"] and not look.untouched] == []
    # the first of a change, as the lids open, may be less than a level of every pixel
    unsaid = [look for look in run.looks if look.untouched and not look.record["reason"]]
    assert len(unsaid) <= 0.02 * FRAMES


def test_the_totals_are_the_sum_of_the_records(run):
    reasons = Counter(look.record["reason"] for look in run.looks)
    corrected = reasons.pop(None)
    assert (run.totals["frames"], run.totals["with_face"]) == (FRAMES, FRAMES)
    assert (run.totals["corrected"], run.totals["passed_through"]) == (corrected, reasons)


def test_the_eyes_turn_as_far_as_they_were_asked_to(run):
    full = [look for look in run.looks if all(look.record[side]["strength"] == 1 for side in SIDES)]
    asked, missed = np.median([(look.asked_deg, look.missed_deg) for look in full], axis=0)
    assert len(full) > FRAMES / 2
    # measured: 0.9 of 10.1 degrees; behind glasses, near the lens to begin with, 2.2 of 2.0
    assert missed < 0.2 * asked + 2.0
