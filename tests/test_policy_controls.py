"""What a person changes while the policy decides: strengths, axes and the mode."""

import numpy as np
import pytest

from tests.decisions import (
    BELOW,
    SHUT,
    Session,
    apart_deg,
    seen_by,
    strengths,
    turned_deg,
    with_openness,
)
from tests.faces import Person, blank_frame, gaze_deg
from vcam.controls import ControlState
from vcam.policy import LensPolicy, PolicySettings
from vcam.types import EyeRedirection, Gaze, Redirection


def shares_gone(eye: EyeRedirection) -> tuple[float, float]:
    """How much of the way to the lens is gone in pitch and in yaw."""
    way, gone = np.subtract(_pair(eye.target), _pair(eye.source)), _pair(eye.result) - _pair(eye.source)
    return tuple(gone / way)


def _pair(gaze: Gaze) -> np.ndarray:
    return np.array([gaze.pitch, gaze.yaw])


ASKEW = Person(looks=gaze_deg(-8.0, 6.0))


@pytest.mark.parametrize(("pitch", "yaw"), [(1.0, 0.0), (0.0, 1.0), (0.5, 1.0), (0.75, 0.25), (1.0, 1.0)])
@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_each_axis_goes_its_share_of_the_strength(strength, pitch, yaw):
    session = Session(strength=strength, strength_pitch=pitch, strength_yaw=yaw)
    found = session.rest(ASKEW)
    for eye in (found.left, found.right):
        assert shares_gone(eye) == pytest.approx((strength * pitch, strength * yaw))
        assert eye.strength == pytest.approx(strength * max(pitch, yaw))
        assert eye.reason is None


def test_with_both_axes_at_zero_nothing_changes():
    found = Session(strength_pitch=0.0, strength_yaw=0.0).rest(ASKEW)
    assert strengths(found) == (0.0, 0.0)
    assert found.left.result == found.left.source


def test_the_target_is_the_lens_whatever_the_axes_get():
    found = Session(strength_pitch=0.2, strength_yaw=0.0).rest(ASKEW)
    assert apart_deg(found.left.target, ASKEW.lens_gaze("left")) < 0.1


def test_a_strength_that_is_moved_takes_effect_with_the_next_frame_and_by_2_degrees_at_most():
    session = Session()
    before = session.rest(ASKEW)
    session.controls.change(strength=0.0)
    turns = []
    for _ in range(12):
        found = session.see(ASKEW)
        turns.append(apart_deg(found.left.result, before.left.result))
        before = found
    assert turns[0] > 1.0
    assert max(turns) <= 2.1
    assert strengths(found) == (0.0, 0.0)


def test_an_axis_that_is_switched_off_is_eased_out_while_the_other_stays():
    session = Session()
    before = session.rest(ASKEW)
    session.controls.change(strength_yaw=0.0)
    for _ in range(8):
        found = session.see(ASKEW)
        assert apart_deg(found.left.result, before.left.result) <= 2.1
        assert shares_gone(found.left)[0] == pytest.approx(1.0)
        before = found
    assert shares_gone(found.left)[1] == pytest.approx(0.0)


def test_forgetting_eases_in_anew():
    session = Session()
    session.rest(ASKEW)
    session.policy.forget()
    found = session.see(ASKEW)
    assert turned_deg(found.left) <= 2.1
    assert found.left.reason == "easing in"


LINE = [gaze_deg(-6.0, yaw) for yaw in np.linspace(15.0, -15.0, 40)]
"""Where the eyes are while a line is read; then they jump back to its start."""


def reading(session: Session) -> list[Redirection]:
    """Three lines of a text, and a look up into the lens between them."""
    found = []
    for _ in range(3):
        session.rest(Person().looking_at_the_lens(), seconds=1.0)
        found += [session.see(Person(looks=looks)) for looks in LINE]
    return found


def test_with_a_teleprompter_the_eyes_stay_on_the_lens_while_lines_are_read():
    session = Session(mode="teleprompter")
    session.rest(Person().looking_at_the_lens())
    for found in reading(session):
        assert (found.left.strength, found.right.strength) == (1.0, 1.0)
        assert found.left.reason is None


def test_in_a_call_the_same_jumps_are_glances():
    session = Session()
    session.rest(Person().looking_at_the_lens())
    assert "glance" in {found.left.reason for found in reading(session)}


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Person(looks=gaze_deg(-5, 33)), "looking away"),
        (Person(turn_deg=(0, 33, 0), looks=BELOW), "head turned"),
    ],
)
def test_a_teleprompter_has_the_same_limits_of_gaze_and_head(person, reason):
    found = Session(mode="teleprompter").rest(person)
    assert strengths(found) == (0.0, 0.0)
    assert found.left.reason == reason


def test_a_blink_before_a_teleprompter_shows_at_once():
    session, person = Session(mode="teleprompter"), Person(looks=BELOW)
    session.rest(person)
    assert strengths(session.see(person, with_openness(person, SHUT, SHUT))) == (0.0, 0.0)


def test_back_in_a_call_the_eyes_rest_where_they_were_reading():
    session = Session(mode="teleprompter")
    session.rest(Person().looking_at_the_lens())
    reader = Person(looks=gaze_deg(-14.0, 0.0))
    session.see(reader)
    session.controls.change(mode="call")
    assert session.see(reader).left.reason is None


def test_the_settings_give_the_controls():
    settings = PolicySettings(mode="teleprompter", strength=0.5, strength_pitch=0.25, strength_yaw=0.75)
    assert settings.controls == ControlState("teleprompter", 0.5, 0.25, 0.75)


def test_without_controls_the_settings_hold():
    policy = LensPolicy(PolicySettings(strength=0.5))
    track = ASKEW.track()
    found = [policy.decide(blank_frame(index), track, seen_by(ASKEW)) for index in range(60)]
    assert strengths(found[-1]) == pytest.approx((0.5, 0.5))
