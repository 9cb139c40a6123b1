from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.decisions import (
    BELOW,
    OPEN,
    SHUT,
    Session,
    apart_deg,
    seen_by,
    strengths,
    turned_deg,
    with_openness,
)
from tests.faces import Person, blank_frame, gaze_deg
from vcam.errors import ConfigError
from vcam.geometry.angles import angle_between, vector_from_pitch_yaw
from vcam.policy import LensPolicy, PolicySettings
from vcam.types import Redirection

NO_GLANCE = 60.0
"""A ``glance_deg`` with which every new direction counts at once."""


@pytest.mark.parametrize("at_mm", [(0, 0, 550), (150, -60, 600), (-200, 80, 500), (0, 0, 300)])
@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (5, -12, 8)])
def test_the_target_of_each_eye_is_the_ray_from_it_to_the_lens(at_mm, turn_deg):
    person = Person(at_mm=at_mm, turn_deg=turn_deg).looking_at_the_lens()
    found = Session().see(person)
    for side, eye in (("left", found.left), ("right", found.right)):
        toward = vector_from_pitch_yaw(eye.target.pitch, eye.target.yaw)
        assert np.degrees(angle_between(toward, -person.eyeball(side))) < 0.1


def test_eyes_that_rest_below_the_lens_are_brought_to_it_in_full():
    found = Session().rest()
    assert strengths(found) == (1.0, 1.0)
    assert (found.left.reason, found.right.reason) == (None, None)
    assert apart_deg(found.left.result, found.left.target) < 1e-9


def test_the_source_is_the_gaze_that_was_estimated():
    person = Person(looks=BELOW)
    found = Session().see(person)
    assert (found.left.source, found.right.source) == (person.gaze("left"), person.gaze("right"))


@pytest.mark.parametrize("strength", [0.25, 0.7])
def test_strength_is_the_share_of_the_way(strength):
    assert strengths(Session(strength=strength).rest()) == pytest.approx((strength, strength))


def test_strength_0_changes_nothing():
    session = Session(strength=0.0)
    for person in (Person(looks=BELOW), Person().looking_at_the_lens(), Person(looks=gaze_deg(-18, 5))):
        assert strengths(session.rest(person, seconds=1.0)) == (0.0, 0.0)


@pytest.mark.parametrize("looks", [(0, 0), (-19, 0), (0, 19), (0, -19), (15, 0)])
def test_a_gaze_within_reach_is_corrected_in_full(looks):
    assert strengths(Session(glance_deg=NO_GLANCE).rest(Person(looks=gaze_deg(*looks)))) == (1.0, 1.0)


@pytest.mark.parametrize("looks", [(-31, 0), (0, 31), (0, -31), (32, 0)])
def test_a_gaze_beyond_reach_is_left_alone(looks):
    found = Session(glance_deg=NO_GLANCE).rest(Person(looks=gaze_deg(*looks)))
    assert strengths(found) == (0.0, 0.0)
    assert (found.left.reason, found.right.reason) == ("looking away", "looking away")


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_correction_fades_as_the_gaze_leaves_the_reach(axis, sign):
    session, seen = Session(glance_deg=NO_GLANCE), []
    session.rest(Person(looks=gaze_deg(0, 0)))
    for away in (16, 19, 24, 26, 28, 31):
        looks = [0.0, 0.0]
        looks[axis] = sign * away
        seen.append(session.rest(Person(looks=gaze_deg(*looks)), seconds=1).left.strength)
    assert seen == sorted(seen, reverse=True)
    assert seen[:2] == [1.0, 1.0]
    assert 0 < seen[3] < 1
    assert seen[-1] == 0.0


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_correction_fades_as_the_head_turns_away(axis, sign):
    session, seen, reasons = Session(), [], []
    for turn in range(0, 36, 5):
        turn_deg = [0.0, 0.0, 0.0]
        turn_deg[axis] = sign * turn
        found = session.rest(Person(turn_deg=tuple(turn_deg), looks=BELOW), seconds=1)
        seen.append(found.left.strength)
        reasons.append(found.left.reason)
    assert seen[:4] == [1.0] * 4
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 0.0
    assert reasons[:4] == [None] * 4
    assert set(reasons[5:]) == {"head turned"}


def test_a_tilted_head_is_no_reason_to_let_go():
    assert strengths(Session().rest(Person(turn_deg=(0, 0, 40), looks=BELOW))) == (1.0, 1.0)


def test_a_face_at_the_side_that_turns_to_the_lens_is_not_turned_away():
    at_mm = (260.0, 0.0, 550.0)
    to_lens = float(np.degrees(np.arctan2(260.0, 550.0)))
    facing = Person(at_mm=at_mm, turn_deg=(0.0, to_lens, 0.0)).looking_at_the_lens()
    past = replace(facing, turn_deg=(0.0, -10.0, 0.0))
    assert strengths(Session().rest(facing)) == (1.0, 1.0)
    assert Session().rest(past).left.reason == "head turned"


def test_an_unclear_face_is_left_alone():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    track = person.track(confidence=0.1)
    for _ in range(60):
        found = session.see(person, track)
    assert strengths(found) == (0.0, 0.0)
    assert found.left.reason == "face unclear"


def test_an_unclear_eye_is_left_alone():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    for _ in range(60):
        found = session.see(person, confidence=(0.0, 1.0))
    assert found.left.strength == 0.0
    assert found.left.reason == "eye unclear"


@pytest.mark.parametrize("start_deg", [15.0, 33.0], ids=["coming from the lens", "coming back to it"])
def test_near_the_threshold_nothing_flickers(start_deg):
    random = np.random.default_rng(1)
    for away in range(18, 32):
        session, seen = Session(glance_deg=NO_GLANCE), []
        session.rest(Person(looks=gaze_deg(0.0, start_deg)), seconds=1)
        for noise in random.uniform(-0.3, 0.3, 60):
            person = Person(looks=gaze_deg(0.0, away + float(noise)))
            seen.append(session.see(person).left.strength)
        # the steepest slope of a smooth fade over 10 degrees is 0.15 per degree
        assert max(seen[30:]) - min(seen[30:]) < 0.15 * 0.6 + 0.03


def test_having_let_go_it_waits_until_the_eyes_come_back_by_the_hysteresis():
    near = Person(looks=gaze_deg(0.0, 25.0))
    held, let_go = Session(glance_deg=NO_GLANCE), Session(glance_deg=NO_GLANCE)
    held.rest(Person(looks=gaze_deg(0.0, 18.0)))
    let_go.rest(Person(looks=gaze_deg(0.0, 32.0)))
    assert held.rest(near).left.strength > let_go.rest(near).left.strength + 0.1
    assert let_go.rest(Person(looks=gaze_deg(0.0, 16.0))).left.strength == 1.0


def test_a_blink_switches_off_within_one_frame_and_is_back_within_about_three():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    for openness in (0.12, SHUT, SHUT, SHUT):
        found = session.see(person, with_openness(person, openness, openness))
        assert strengths(found) == (0.0, 0.0)
        assert (found.left.reason, found.right.reason) == ("eyes closed", "eyes closed")
    back = [session.see(person, with_openness(person, OPEN, OPEN)).left.strength for _ in range(4)]
    assert back[-1] == 1.0
    assert 0 < back[0] < 0.6


def test_a_closing_eye_is_let_go_of_before_it_is_shut():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    halfway = session.see(person, with_openness(person, 0.22, 0.22))
    assert halfway.left.strength < 0.1


def test_a_wink_leaves_the_other_eye_corrected():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    for _ in range(10):
        found = session.see(person, with_openness(person, SHUT, OPEN))
        assert strengths(found) == (0.0, 1.0)
    assert (found.left.reason, found.right.reason) == ("eyes closed", None)


def test_narrow_eyes_are_corrected_once_it_is_known_that_they_are_open():
    session = Session()
    assert strengths(session.rest(Person(looks=BELOW, openness=0.19), seconds=30)) == (1.0, 1.0)


@given(left=st.floats(0.1, 0.5), right=st.floats(0.1, 0.5), down=st.floats(0, 18), aside=st.floats(-18, 18))
@settings(deadline=None, max_examples=30)
def test_eyes_that_are_both_open_get_one_strength(left, right, down, aside):
    session, person = Session(), Person(looks=gaze_deg(-down, aside))
    for _ in range(8):
        found = session.see(person, with_openness(person, left, right))
        if min(strengths(found)) > 0:
            assert found.left.strength == found.right.strength


def test_a_quick_glance_away_passes_and_the_return_is_corrected():
    session, screen = Session(), Person(looks=BELOW)
    session.rest(screen)
    glance = [session.see(Person(looks=gaze_deg(-10, 24))) for _ in range(20)]
    assert min(found.left.strength for found in glance) == 0.0
    assert "glance" in {found.left.reason for found in glance}
    back = [session.see(screen) for _ in range(20)]
    assert back[-1].left.strength == 1.0


def test_a_lasting_new_place_within_reach_is_corrected_again():
    session = Session()
    session.rest(Person(looks=gaze_deg(-4, 0)))
    aside = Person(looks=gaze_deg(-5, 18))
    assert min(session.see(aside).left.strength for _ in range(20)) < 0.1
    assert strengths(session.rest(aside, seconds=4)) == (1.0, 1.0)


def test_looking_closer_to_the_lens_is_no_glance():
    session = Session()
    session.rest(Person(looks=gaze_deg(-18, 0)), seconds=6)
    assert session.rest(Person(looks=gaze_deg(-1, 0)), seconds=1).left.strength == 1.0


def test_a_new_face_is_eased_in():
    found = Session().see(Person(looks=BELOW))
    assert turned_deg(found.left) <= 2.01


def test_another_face_is_eased_in_anew():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    assert turned_deg(session.see(person, person.track(track_id=2)).left) <= 2.01


def test_a_face_is_brought_to_the_lens_within_a_second():
    session, person = Session(), Person(looks=BELOW)
    assert [session.see(person) for _ in range(30)][-1].left.strength == 1.0


angles = st.floats(-35, 35)
moments = st.tuples(angles, angles, angles, angles, st.floats(0, 1))
"""Pitch and yaw of the eyes, pitch and yaw of the head, confidence of the face."""
sequences = st.lists(st.tuples(moments, st.integers(1, 12)), min_size=2, max_size=5)
"""Anything, held for some frames, and then something else."""


def fed(session: Session, sequence: Sequence[tuple[tuple[float, ...], int]]) -> Iterator[Redirection]:
    for (pitch, yaw, head_pitch, head_yaw, confidence), frames in sequence:
        person = Person(turn_deg=(head_pitch, head_yaw, 0.0), looks=gaze_deg(pitch, yaw))
        track = person.track(confidence=confidence)
        for _ in range(frames):
            yield session.see(person, track)


@given(sequences)
@settings(deadline=None, max_examples=25)
def test_no_fade_turns_an_eye_by_more_than_2_degrees_per_frame(sequence):
    session = Session()
    before = session.rest(seconds=0.5)
    for found in fed(session, sequence):
        for eye, last in ((found.left, before.left), (found.right, before.right)):
            # what the person's own eyes do is theirs: the fade is the change of strength along the way.
            # Both eyes share one strength, measured on their mean; below 0.01 it counts as none
            way_deg = apart_deg(eye.source, eye.target)
            assert abs(eye.strength - last.strength) * way_deg <= 2.0 * 1.05 + 0.01 * way_deg
        before = found


@given(sequences)
@settings(deadline=None, max_examples=25)
def test_whatever_is_reduced_has_its_reason(sequence):
    session = Session()
    for found in fed(session, sequence):
        for eye in (found.left, found.right):
            assert 0.0 <= eye.strength <= 1.0
            if eye.strength == 0.0:
                assert eye.reason in {"looking away", "head turned", "glance", "face unclear", "easing in"}
            if eye.strength < 0.98:
                assert eye.reason is not None


def test_a_strength_that_is_still_on_its_way_has_a_reason():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    session.rest(Person(looks=gaze_deg(-10, 32)), seconds=0.5)
    found = session.see(person)
    assert found.left.strength < 0.95
    assert found.left.reason is not None


def test_an_eye_that_turns_unclear_is_eased_out():
    session, person = Session(), Person(looks=BELOW)
    before = session.rest(person)
    after = session.see(person, confidence=(0.0, 1.0))
    assert turned_deg(before.left) - turned_deg(after.left) <= 2.01


def test_eyes_of_unlike_clearness_still_agree_within_a_degree():
    session, person = Session(), Person(looks=BELOW)
    session.rest(person)
    for confidence in np.linspace(1.0, 0.0, 40):
        found = session.see(person, confidence=(float(confidence), 1.0))
        assert abs(turned_deg(found.left) - turned_deg(found.right)) <= 1.0


def test_a_pause_between_frames_does_not_leap():
    policy, person = LensPolicy(PolicySettings()), Person(looks=BELOW)
    for index in range(60):
        policy.decide(blank_frame(index), person.track(), seen_by(person))
    away = Person(looks=gaze_deg(0, 32))
    after = policy.decide(blank_frame(60 + 3000), away.track(), seen_by(away))
    assert after.left.strength > 0.5


@pytest.mark.parametrize("what", ["gaze", "head"])
def test_a_fade_that_leaves_no_room_for_the_hysteresis_is_refused(what):
    with pytest.raises(ConfigError, match=rf"policy\.{what}_none_deg: expected 28 or more .*, got 27"):
        PolicySettings(**{f"{what}_full_deg": 25.0, f"{what}_none_deg": 27.0})
