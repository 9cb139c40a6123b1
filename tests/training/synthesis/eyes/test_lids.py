import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.synthesis.eyes.scans import almond
from training.synthesis.eyes.lids import SUNK_MM, LidHabit, LidPose, Lids
from training.synthesis.eyes.loops import ANTERIOR, INTERIOR, LOOPS, LOWER, ON_BALL, UPPER
from vcam.geometry.angles import Float

RADIUS_MM = 12.6
MIDDLE = 4
"""Column of ``UPPER`` over the pupil."""
pitches, yaws, blinks = st.floats(-0.6, 0.5), st.floats(-0.7, 0.7), st.floats(0, 1)


def lids(habit: LidHabit | None = None) -> Lids:
    rest = almond()[0]
    rest[:, 2] += 0.4
    return Lids(rest, RADIUS_MM, habit or LidHabit())


def height(control: Float, loop: int, columns: np.ndarray) -> float:
    """Row of the middle of a lid; down is positive."""
    return float(control[LOOPS[loop, columns[MIDDLE]], 1])


@given(pitches, yaws, blinks)
def test_the_interior_margin_lies_on_the_ball(pitch: float, yaw: float, blink: float) -> None:
    control = lids().pose(LidPose(pitch, yaw, blink))
    distance = np.linalg.norm(control[ON_BALL], axis=1)
    np.testing.assert_allclose(distance, RADIUS_MM - SUNK_MM, atol=1e-6)


@given(pitches, yaws, blinks)
def test_the_lids_skin_stays_outside_the_ball(pitch: float, yaw: float, blink: float) -> None:
    control = lids().pose(LidPose(pitch, yaw, blink))
    assert np.linalg.norm(control[LOOPS[ANTERIOR:]], axis=2).min() > RADIUS_MM + 0.5


def test_closed_margins_pass_each_other_over_the_whole_opening() -> None:
    control = lids().pose(LidPose(0.0, 0.0, 1.0))
    upper, lower = (control[LOOPS[INTERIOR, columns], 1] for columns in (UPPER, LOWER))
    assert np.all(upper[2:8] > lower[2:8])


@given(pitches, st.floats(0, 0.95))
def test_a_blink_only_ever_closes(pitch: float, blink: float) -> None:
    eye = lids()
    assert eye.closing(LidPose(pitch, 0.0, blink)) <= eye.closing(LidPose(pitch, 0.0, blink + 0.05))


def test_looking_down_moves_the_upper_lid_more_than_looking_up() -> None:
    eye = lids()
    level, down, up = (height(eye.pose(LidPose(p, 0.0)), INTERIOR, UPPER) for p in (0.0, -0.3, 0.3))
    assert up < level < down
    assert down - level > level - up


def fall(eye: Lids, pitch: float, columns: np.ndarray) -> float:
    """How far the middle of a lid sinks when the gaze goes from level to ``pitch``, mm."""
    level, turned = (eye.pose(LidPose(p, 0.0)) for p in (0.0, pitch))
    return height(turned, INTERIOR, columns) - height(level, INTERIOR, columns)


def test_the_upper_lid_follows_more_than_the_lower_one() -> None:
    eye = lids()
    assert fall(eye, -0.35, UPPER) > 2 * fall(eye, -0.35, LOWER) > 0


def test_a_lid_that_follows_travels_about_as_far_as_the_iris() -> None:
    assert fall(lids(), -0.3, UPPER) == pytest.approx(RADIUS_MM * 0.3, rel=0.3)


def test_a_hanging_lid_covers_more_of_the_ball() -> None:
    plain, hanging = (
        height(lids(LidHabit(tone=tone)).pose(LidPose(0.0, 0.0)), ANTERIOR, UPPER) for tone in (0.0, 0.25)
    )
    assert hanging > plain + 1.0


def test_lids_drift_toward_a_gaze_to_the_side() -> None:
    eye, middle = lids(), LOOPS[INTERIOR, UPPER[MIDDLE]]
    left, right = (eye.pose(LidPose(0.0, yaw))[middle, 0] for yaw in (0.5, -0.5))
    assert left < right - 0.5


def test_the_corners_stay_where_they_are() -> None:
    eye = lids()
    corners = LOOPS[ANTERIOR, [0, 10]]
    closed = eye.pose(LidPose(-0.4, 0.4, 1.0))[corners]
    np.testing.assert_allclose(closed, eye.pose(LidPose(0.0, 0.0))[corners], atol=1e-9)
