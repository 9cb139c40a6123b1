from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.faces import Person, frame_of, gaze_deg
from tests.models import Arrays, model_for
from vcam.eyepatches import PatchCutter, cut_eyes
from vcam.gaze.fused import FusedGazeEstimator
from vcam.gaze.learned import LearnedGaze
from vcam.gaze.settings import GazeSettings
from vcam.types import EyeGaze, FaceTrack, Frame, GazeEstimate

READER = Person(looks=gaze_deg(-12.0, 6.0))
DARK = np.zeros((720, 1280, 3), np.uint8)
SURE, UNSURE = np.radians(2.0), np.radians(30.0)


class Says:
    """A GazeEstimator that reports a person's true gaze, turned by (pitch, yaw) deg, with a confidence."""

    def __init__(self, person: Person, off_deg: tuple[float, float] = (0.0, 0.0), confidence: float = 1.0):
        self.person, self.off, self.confidence = person, np.radians(off_deg), confidence

    def estimate(self, frame: Frame, track: FaceTrack) -> GazeEstimate:  # noqa: ARG002  # the Protocol's
        return GazeEstimate(*(self._eye(side) for side in ("left", "right")))

    def _eye(self, side) -> EyeGaze:
        gaze = self.person.gaze(side)
        return EyeGaze(
            replace(gaze, pitch=gaze.pitch + self.off[0], yaw=gaze.yaw + self.off[1]), self.confidence
        )


class Network:
    """Stands in for the model: a person's true gaze in the patch frame, turned, with its own sigma."""

    def __init__(self, person: Person, off_deg: tuple[float, float] = (0.0, 0.0), sigma: float = SURE):
        self.person, self.off_deg, self.sigma = person, off_deg, sigma
        self.split_deg = (0.0, 0.0)

    def __call__(self, _: Arrays) -> Arrays:
        eyes = cut_eyes(frame_of(DARK), self.person.track())
        off = [np.radians(np.add(self.off_deg, np.multiply(self.split_deg, s))) for s in (0.5, -0.5)]
        gazes = [self.person.gaze(side) for side in ("left", "right")]
        turned = [replace(g, pitch=g.pitch + o[0], yaw=g.yaw + o[1]) for g, o in zip(gazes, off, strict=True)]
        return {"gaze": eyes.angles(*turned), "sigma": np.full((2, 2), self.sigma, np.float32)}


def fused(geometric: Says, network: Callable[[Arrays], Arrays], **settings: float) -> FusedGazeEstimator:
    learned = LearnedGaze(model_for("estimate-gaze", network), PatchCutter())
    return FusedGazeEstimator(geometric, learned, GazeSettings(**settings))


def error_deg(found: GazeEstimate, person: Person) -> np.ndarray:
    """(2, 2) of left and right: pitch and yaw off the truth."""
    pairs = ((found.left, "left"), (found.right, "right"))
    return np.degrees(
        [(e.gaze.pitch - person.gaze(s).pitch, e.gaze.yaw - person.gaze(s).yaw) for e, s in pairs]
    )


def run(stage: FusedGazeEstimator, person: Person, frames: int = 1, first: int = 0) -> GazeEstimate:
    for index in range(first, first + frames):
        found = stage.estimate(frame_of(DARK, index), person.track())
    return found


@pytest.mark.parametrize("looks", [(-20, 0), (0, 0), (-12, 10), (8, -12)])
@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (4, 12, -15)])
def test_two_estimates_that_are_right_stay_right(looks, turn_deg):
    person = Person(looks=gaze_deg(*looks), turn_deg=turn_deg, at_mm=(60.0, -30.0, 500.0))
    found = run(fused(Says(person), Network(person)), person)
    assert np.abs(error_deg(found, person)).max() < 0.8


def test_of_two_estimates_pitch_is_mostly_the_learned_and_yaw_is_shared():
    found = run(fused(Says(READER, (6.0, 6.0)), Network(READER)), READER)
    pitch, yaw = error_deg(found, READER).mean(axis=0)
    assert 0.2 < pitch < 1.5
    assert 1.5 < yaw < 4.5


def test_an_unsure_network_leaves_the_geometric_estimate():
    found = run(fused(Says(READER), Network(READER, (10.0, 10.0), UNSURE)), READER)
    assert np.abs(error_deg(found, READER)).max() < 1.0


def test_an_unclear_iris_leaves_the_learned_estimate_and_its_confidence():
    found = run(fused(Says(READER, (10.0, 10.0), confidence=0.0), Network(READER)), READER)
    assert np.abs(error_deg(found, READER)).max() < 0.5
    assert found.left.confidence > 0.9


def test_where_both_are_unsure_nobody_is_to_be_trusted():
    found = run(fused(Says(READER, confidence=0.1), Network(READER, sigma=UNSURE)), READER)
    assert found.left.confidence == pytest.approx(0.1)


def test_a_moment_without_the_iris_moves_nothing_once_the_difference_is_known():
    geometric, network = Says(READER, (5.0, -4.0)), Network(READER, (-3.0, 2.0))
    stage = fused(geometric, network)
    before = error_deg(run(stage, READER, 30), READER)
    geometric.confidence = 0.0
    during = error_deg(run(stage, READER, 1, first=30), READER)
    assert np.abs(during - before).max() < 0.1
    geometric.confidence, network.sigma = 1.0, UNSURE
    unsure = error_deg(run(stage, READER, 1, first=31), READER)
    assert np.abs(unsure - before).max() < 0.3


def test_what_is_known_of_one_person_is_forgotten_for_the_next():
    geometric = Says(READER, (5.0, -4.0))
    stage = fused(geometric, Network(READER))
    run(stage, READER, 30)
    geometric.confidence = 0.0
    found = stage.estimate(frame_of(DARK, 30), READER.track(track_id=2))
    assert np.abs(error_deg(found, READER)).max() < 0.5


def test_both_eyes_look_at_one_point_although_the_network_sees_them_squint():
    network = Network(READER)
    network.split_deg = (2.0, 8.0)
    found = error_deg(run(fused(Says(READER, confidence=0.0), network), READER, 10), READER)
    assert found[0] == pytest.approx(found[1], abs=0.3)


def test_a_constant_squint_of_the_network_is_learned_so_that_one_eye_alone_is_read_right():
    network = Network(READER)
    network.split_deg = (0.0, 8.0)
    stage = fused(Says(READER, confidence=0.0), network)
    run(stage, READER, 30)

    def one_eyed(inputs: Arrays) -> Arrays:
        answer = dict(network(inputs))
        answer["sigma"] = np.array([[UNSURE] * 2, [SURE] * 2], np.float32)
        return answer

    stage._learned._model = model_for("estimate-gaze", one_eyed)
    assert np.abs(error_deg(run(stage, READER, 5, first=30), READER)).max() < 0.6


def test_the_users_offsets_are_added_in_full():
    found = run(fused(Says(READER), Network(READER), pitch_offset_deg=3.0, yaw_offset_deg=-2.0), READER)
    assert error_deg(found, READER).mean(axis=0) == pytest.approx([3.0, -2.0], abs=0.3)


def test_a_network_that_trembles_is_steadied():
    network = Network(READER)
    stage = fused(Says(READER, confidence=0.0), network)
    draw = np.random.default_rng(0)
    pitches = []
    for index in range(90):
        network.off_deg = tuple(draw.normal(0, 0.5, 2))
        pitches.append(error_deg(run(stage, READER, 1, first=index), READER)[0, 0])
    assert np.std(pitches[30:]) < 0.3


def test_a_quick_look_is_followed_at_once():
    person = READER
    network, geometric = Network(person), Says(person)
    stage = fused(geometric, network)
    run(stage, person, 30)
    away = replace(person, looks=gaze_deg(-12.0, 24.0))
    network.person = geometric.person = away
    found = run(stage, away, 2, first=30)
    assert np.abs(error_deg(found, away)).max() < 4.0
