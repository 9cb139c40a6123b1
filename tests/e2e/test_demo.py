"""The packaged demo through the real stages, judged by what its renderer knows and by a second witness.

``demo_truth.json`` is written by the renderer with the clip; all angles in it are degrees.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.e2e.rereading import Rereading
from tests.e2e.witness import Witness, changed
from vcam.app import build_corrector
from vcam.config import Config
from vcam.geometry.angles import angle_between, pitch_yaw_from_vector, vector_from_pitch_yaw
from vcam.sources.demo import DemoSource
from vcam.types import Correction, EyeRedirection, Frame, Gaze, GazeEstimate, Redirection

pytestmark = pytest.mark.timeout(300)

TRUTH = json.loads(Path(__file__).with_name("demo_truth.json").read_text("utf-8"))["frames"]
SIDES = ("left", "right")


@dataclass(frozen=True)
class Look:
    """One frame: what the product made of it. Pictures are judged at once, for they fill the memory."""

    truth: dict[str, Any]
    track_id: int
    gaze: GazeEstimate
    redirection: Redirection
    untouched: bool
    changed_outside: int
    again: GazeEstimate
    """Read off the corrected picture, see ``Rereading``."""

    @property
    def open(self) -> bool:
        return min(self.truth["lid_opening"].values()) > 0.9

    @property
    def closed(self) -> bool:
        return max(self.truth["lid_opening"].values()) < 0.2

    @property
    def true_yaw(self) -> float:
        return float(np.mean([self.truth["eyeball_axis_deg"][side][1] for side in SIDES]))

    @property
    def glance(self) -> bool:
        """The one long look aside; all others stay within 10 degrees."""
        return abs(self.true_yaw) > 15

    @property
    def eyes(self) -> tuple[EyeRedirection, EyeRedirection]:
        return self.redirection.left, self.redirection.right

    @property
    def fully_corrected(self) -> bool:
        return all(eye.strength == 1.0 for eye in self.eyes)


@pytest.fixture(scope="module")
def looks() -> list[Look]:
    with (
        closing(DemoSource(realtime=False)) as demo,
        closing(build_corrector(Config())) as corrector,
        closing(Rereading()) as rereading,
        closing(Witness()) as witness,
    ):
        corrections = (corrector.correct(frame) for frame in first_round(demo))
        return [judged(*pair, rereading, witness) for pair in zip(TRUTH, corrections, strict=True)]


def first_round(demo: DemoSource) -> Iterator[Frame]:
    """The demo loops; its renderer knows of one round."""
    for _ in TRUTH:
        frame = demo.read()
        assert frame
        yield frame


def judged(truth: dict[str, Any], correction: Correction, rereading: Rereading, witness: Witness) -> Look:
    before, after = correction.original.image, correction.frame.image
    assert correction.track
    assert correction.gaze
    assert correction.redirection
    different = changed(before, after)
    return Look(
        truth=truth,
        track_id=correction.track.track_id,
        gaze=correction.gaze,
        redirection=correction.redirection,
        untouched=not different.any(),
        changed_outside=int((different & ~witness.eyes(before).grown()).sum()),
        again=rereading.read(correction.frame, correction.track),
    )


def to_lens(truth: dict[str, Any], side: str) -> NDArray[np.float64]:
    return -np.array(truth["eyeball_center_mm"][side])


def off_lens_deg(truth: dict[str, Any], gaze: GazeEstimate) -> float:
    """Mean angle of both eyes between where they look and the true way to the lens."""
    eyes = [(getattr(gaze, side).gaze, to_lens(truth, side)) for side in SIDES]
    return float(np.degrees([angle_between(vector(looks), lens) for looks, lens in eyes]).mean())


def vector(gaze: Gaze) -> NDArray[np.float64]:
    return vector_from_pitch_yaw(gaze.pitch, gaze.yaw)


def estimated_yaw(look: Look) -> float:
    return float(np.degrees([getattr(look.gaze, side).gaze.yaw for side in SIDES]).mean())


def test_one_face_is_held_through_every_frame(looks):
    assert len(looks) == len(TRUTH) == 240
    assert {look.track_id for look in looks} == {1}


def test_the_estimated_yaw_follows_the_true_one(looks):
    steady = [look for look in looks if look.open and not look.glance]
    estimated, true = np.array([(estimated_yaw(look), look.true_yaw) for look in steady]).T
    assert np.corrcoef(estimated, true)[0, 1] > 0.9
    # 0.92 and 1.3 degrees measured. The demo's eyeballs (ICT-FaceKit) are 15.8 mm to the iris, a third
    # larger than people's: the estimator, made for people, reads every angle off them too large.
    assert np.median(np.abs(estimated - true)) < 2.0


def test_the_way_to_the_lens_is_right_within_half_a_degree(looks):
    errors = [
        angle_between(vector(getattr(look.redirection, side).target), to_lens(look.truth, side))
        for look in looks
        for side in SIDES
    ]
    assert np.degrees(errors).max() < 0.5


def test_closed_eyes_stay_bit_identical(looks):
    blinks = [look for look in looks if look.closed]
    assert len(blinks) >= 10
    assert [look.truth for look in blinks if not look.untouched] == []


def test_both_eyes_are_corrected_or_neither(looks):
    """Nobody winks in the demo; an eye redrawn beside one that is not shows in every blink."""
    strengths = [tuple(float(eye.strength) for eye in look.eyes) for look in looks]
    assert [pair for pair in strengths if (pair[0] > 0) != (pair[1] > 0)] == []


def test_a_long_look_aside_is_mostly_let_go_at_its_height(looks):
    aside = [look for look in looks if look.glance]
    late = aside[2 * len(aside) // 3 :]
    # It takes ten frames to get there: no fade turns an eye by more than two degrees per frame. The look is
    # 21.5 degrees off the lens, at the near end of the fade; read 1.5 degrees too large, it leaves a third.
    assert max(look.redirection.left.strength for look in late) < 0.5


def test_after_the_look_aside_the_correction_comes_back(looks):
    last_aside = max(index for index, look in enumerate(looks) if look.glance)
    assert any(look.fully_corrected for look in looks[last_aside : last_aside + 15])


def test_outside_the_eyes_not_one_pixel_differs(looks):
    assert [look.changed_outside for look in looks] == [0] * len(looks)


def test_most_frames_are_corrected(looks):
    assert sum(not look.untouched for look in looks) > 0.85 * len(looks)


def test_both_eyes_end_up_within_a_degree_of_each_other(looks):
    both = [look for look in looks if min(eye.strength for eye in look.eyes) > 0]
    assert max(split_deg(look) for look in both) < 1.0


def split_deg(look: Look) -> float:
    """How differently the eyes are drawn, each seen from its own way to the lens."""
    ways = []
    for side in SIDES:
        eye = getattr(look.redirection, side)
        pitch, yaw = pitch_yaw_from_vector(to_lens(look.truth, side))
        ways.append((eye.result.pitch - pitch, eye.result.yaw - yaw))
    return float(np.degrees(np.hypot(*np.subtract(*ways))))


def test_the_corrected_eyes_are_read_as_looking_at_the_lens(looks):
    full = [look for look in looks if look.fully_corrected]
    before = np.median([off_lens_deg(look.truth, look.gaze) for look in full])
    after = np.median([off_lens_deg(look.truth, look.again) for look in full])
    assert len(full) > 150
    assert after < before / 4  # 0.6 of 12.2 degrees measured
