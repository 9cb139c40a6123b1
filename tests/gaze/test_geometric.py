from dataclasses import replace

import numpy as np
import pytest

from tests.faces import Person, blank_frame, gaze_deg
from vcam.gaze.geometric import GeometricGazeEstimator
from vcam.gaze.settings import GazeSettings
from vcam.types import FaceTrack, GazeEstimate

LOOKS = [(pitch, yaw) for pitch in (-20, -10, 0, 10, 20) for yaw in (-20, -8, 0, 8, 20)]
TURNS = [(0, 0, 0), (0, 12, 0), (0, -12, 0), (10, 0, 0), (-10, 0, 0), (0, 0, 20), (6, -8, 5)]
OFF_AXIS = [(120, 0, 600), (-120, 0, 600), (0, -80, 550), (0, 80, 550), (150, 60, 700), (-90, -50, 500)]


def estimator(**settings: float) -> GeometricGazeEstimator:
    return GeometricGazeEstimator(GazeSettings(**settings))


def estimated(track: FaceTrack, **settings: float) -> GazeEstimate:
    return estimator(**settings).estimate(blank_frame(), track)


def degrees(found: GazeEstimate) -> np.ndarray:
    """(2, 2) of left and right: pitch and yaw."""
    return np.degrees([(eye.gaze.pitch, eye.gaze.yaw) for eye in (found.left, found.right)])


def truth(person: Person) -> np.ndarray:
    return np.degrees([(gaze.pitch, gaze.yaw) for gaze in (person.gaze("left"), person.gaze("right"))])


def worst_error_deg(found: GazeEstimate, person: Person) -> float:
    return float(np.abs(degrees(found) - truth(person)).max())


@pytest.mark.parametrize("looks", LOOKS)
def test_a_gaze_up_to_20_degrees_away_is_read_off_the_iris(looks):
    person = Person(looks=gaze_deg(*looks))
    assert worst_error_deg(estimated(person.track()), person) < 1.0


@pytest.mark.parametrize("turn_deg", TURNS)
@pytest.mark.parametrize("looks", [(0, 0), (-12, 0), (8, 10), (-5, -12)])
def test_a_turned_head_does_not_change_the_gaze(turn_deg, looks):
    person = Person(turn_deg=turn_deg, looks=gaze_deg(*looks))
    assert worst_error_deg(estimated(person.track()), person) < 1.5


@pytest.mark.parametrize("at_mm", OFF_AXIS)
def test_a_face_away_from_the_optical_axis_is_read_as_well_as_one_on_it(at_mm):
    person = Person(at_mm=at_mm).looking_at_the_lens()
    assert worst_error_deg(estimated(person.track()), person) < 1.0


@pytest.mark.parametrize("distance_mm", [300, 550, 1200])
def test_the_distance_of_the_face_does_not_matter(distance_mm):
    person = Person(at_mm=(0, 0, distance_mm), looks=gaze_deg(-8, 6))
    assert worst_error_deg(estimated(person.track()), person) < 1.0


def one_eyed(track: FaceTrack) -> FaceTrack:
    """The same look, but only the right eye is seen clearly."""
    return replace(track, left_eye=replace(track.left_eye, iris_confidence=0.0))


@pytest.mark.parametrize("askew_deg", [(3.0, 0.0), (-2.0, 5.0), (0.0, -4.0)])
def test_a_constant_difference_between_the_eyes_is_learned_and_removed(askew_deg):
    estimate = estimator()
    for index in range(40):
        looks = gaze_deg(-10 + 0.3 * index, 6 - 0.3 * index)
        person = Person(looks=looks, askew_deg=askew_deg)
        found = estimate.estimate(blank_frame(index), person.track())
        assert worst_error_deg(found, person) < 1.0
    one_eye_left = estimate.estimate(blank_frame(40), one_eyed(person.track()))
    assert worst_error_deg(one_eye_left, person) < 1.0
    assert worst_error_deg(estimated(one_eyed(person.track())), person) > 2.0


def test_both_eyes_look_at_one_point_even_where_one_iris_is_misread():
    estimate = estimator()
    person = Person(looks=gaze_deg(-5, 5))
    for index in range(60):
        estimate.estimate(blank_frame(index), person.track())
    track = person.track()
    shifted = replace(track.left_eye, iris_center=track.left_eye.iris_center + np.float32(2.0))
    found = degrees(estimate.estimate(blank_frame(60), replace(track, left_eye=shifted)))
    apart = found[0] - found[1]
    assert apart == pytest.approx(truth(person)[0] - truth(person)[1], abs=1.0)


def test_an_eye_that_is_not_seen_clearly_hardly_counts():
    estimate, person = estimator(), Person(looks=gaze_deg(-5, 5))
    track = person.track()
    for index in range(60):
        estimate.estimate(blank_frame(index), track)
    misread = track.left_eye.iris_center + np.float32(5.0)
    unclear = replace(track.left_eye, iris_center=misread, iris_confidence=0.0)
    found = estimate.estimate(blank_frame(60), replace(track, left_eye=unclear))
    assert worst_error_deg(found, person) < 1.0


def test_confidence_is_that_of_the_iris_in_that_of_the_face():
    track = Person().track(confidence=0.5)
    dim = replace(track.left_eye, iris_confidence=0.6)
    found = estimated(replace(track, left_eye=dim))
    assert (found.left.confidence, found.right.confidence) == pytest.approx((0.3, 0.5))


@pytest.mark.parametrize("looks", [(0, 0), (-10, 5)])
def test_the_pitch_offset_is_added_to_the_pitch(looks):
    track = Person(looks=gaze_deg(*looks)).track()
    change = degrees(estimated(track, pitch_offset_deg=4.0)) - degrees(estimated(track))
    assert change[:, 0] == pytest.approx([4.0, 4.0], abs=0.3)
    assert change[:, 1] == pytest.approx([0.0, 0.0], abs=0.3)


@pytest.mark.parametrize("looks", [(0, 0), (-10, 5)])
def test_the_yaw_offset_is_added_to_the_yaw(looks):
    track = Person(looks=gaze_deg(*looks)).track()
    change = degrees(estimated(track, yaw_offset_deg=-4.0)) - degrees(estimated(track))
    assert change[:, 0] == pytest.approx([0.0, 0.0], abs=0.3)
    assert change[:, 1] == pytest.approx([-4.0, -4.0], abs=0.3)


def test_another_face_forgets_what_was_learned_from_the_one_before():
    estimate = estimator()
    for index in range(60):
        estimate.estimate(blank_frame(index), Person(askew_deg=(0.0, 5.0)).track(track_id=1))
    newcomer = one_eyed(Person(looks=gaze_deg(-6, 3)).track(track_id=2))
    found = estimate.estimate(blank_frame(60), newcomer)
    assert degrees(found) == pytest.approx(degrees(estimated(newcomer)))


def test_an_unclear_look_teaches_nothing():
    estimate = estimator()
    for index in range(30):
        estimate.estimate(blank_frame(index), Person(askew_deg=(0.0, 5.0)).track(confidence=0.3))
    one_eye = one_eyed(Person(looks=gaze_deg(-6, 3)).track())
    assert degrees(estimate.estimate(blank_frame(30), one_eye)) == pytest.approx(degrees(estimated(one_eye)))
