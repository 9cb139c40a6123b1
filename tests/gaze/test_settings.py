"""A calibration in both estimators: right in sign, in both eyes, about the lens, and met by the policy."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.faces import Person, blank_frame, frame_of, gaze_deg
from tests.gaze.test_fused import DARK, Network, Says
from tests.models import model_for
from vcam.calibration import Calibration
from vcam.eyepatches import PatchCutter
from vcam.gaze.fused import FusedGazeEstimator
from vcam.gaze.geometric import GeometricGazeEstimator
from vcam.gaze.learned import LearnedGaze
from vcam.gaze.settings import GazeSettings, PersonalCorrection
from vcam.policy import LensPolicy, PolicySettings
from vcam.types import GazeEstimate, Side

Estimator = GeometricGazeEstimator | FusedGazeEstimator
SIDES: tuple[Side, Side] = ("left", "right")
NONE = Calibration(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, "2026-11-21T06:00:00+00:00", 100, 0.5)
TABLE = [  # pitch and yaw: looked at, from the lens; offset; scale; what is read then
    ((0.0, 0.0), (3.0, 0.0), (1.0, 1.0), (3.0, 0.0)),
    ((0.0, 0.0), (0.0, 3.0), (1.0, 1.0), (0.0, 3.0)),
    ((0.0, 0.0), (-4.0, -2.0), (1.0, 1.0), (-4.0, -2.0)),
    ((-10.0, 0.0), (0.0, 0.0), (1.4, 1.0), (-14.0, 0.0)),
    ((-10.0, 5.0), (0.0, 0.0), (1.0, 0.8), (-10.0, 4.0)),
    ((0.0, 0.0), (0.0, 0.0), (1.5, 0.7), (0.0, 0.0)),
    ((-6.0, 4.0), (6.0, -4.0), (2.0, 2.0), (0.0, 0.0)),
    ((-6.0, 4.0), (2.0, 1.0), (1.5, 0.5), (-6.0, 2.5)),
]


def geometric(_: Person, settings: GazeSettings = GazeSettings()) -> GeometricGazeEstimator:  # noqa: B008
    return GeometricGazeEstimator(settings)


def fused(person: Person, settings: GazeSettings = GazeSettings()) -> FusedGazeEstimator:  # noqa: B008
    learned = LearnedGaze(model_for("estimate-gaze", Network(person)), PatchCutter())
    return FusedGazeEstimator(Says(person), learned, settings)


def person_at(at_mm: tuple[float, float, float], off_lens: tuple[float, float]) -> Person:
    lens = Person(at_mm=at_mm).looking_at_the_lens().looks
    pitch, yaw = np.degrees([lens.pitch, lens.yaw]) + off_lens
    return Person(at_mm=at_mm, looks=gaze_deg(pitch, yaw))


def off_lens_deg(found: GazeEstimate, person: Person) -> np.ndarray:
    """(2, 2) of left and right: pitch and yaw from the lens."""
    pairs = [(getattr(found, side).gaze, person.lens_gaze(side)) for side in SIDES]
    return np.degrees([(gaze.pitch - lens.pitch, gaze.yaw - lens.yaw) for gaze, lens in pairs])


@pytest.mark.parametrize("make", [geometric, fused])
@pytest.mark.parametrize("at_mm", [(0.0, 0.0, 550.0), (110.0, 60.0, 600.0)])
@pytest.mark.parametrize(("look", "offset", "scale", "read"), TABLE)
def test_a_calibration_adds_its_offset_and_scales_about_the_lens_in_both_eyes(
    make: Callable[[Person], Estimator], at_mm, look, offset, scale, read
):
    person = person_at(at_mm, look)
    estimator = make(person)
    plain = off_lens_deg(estimator.estimate(frame_of(DARK, 0), person.track()), person)
    estimator.calibrate(
        replace(
            NONE,
            pitch_offset_deg=offset[0],
            yaw_offset_deg=offset[1],
            pitch_scale=scale[0],
            yaw_scale=scale[1],
        )
    )
    found = off_lens_deg(estimator.estimate(frame_of(DARK, 1), person.track()), person)
    for eye in range(2):
        # what the estimator itself is off by (under a degree) is scaled along
        assert found[eye] == pytest.approx(read + (plain[eye] - look) * scale, abs=0.45)
    assert found[0] == pytest.approx(found[1], abs=1.0)


@pytest.mark.parametrize("make", [geometric, fused])
def test_without_a_calibration_the_estimate_is_as_before(make):
    person = person_at((30.0, 20.0, 550.0), (-8.0, 4.0))
    estimator = make(person)
    plain = estimator.estimate(frame_of(DARK, 0), person.track())
    estimator.calibrate(replace(NONE, pitch_offset_deg=5.0))
    assert estimator.estimate(frame_of(DARK, 1), person.track()) != plain
    estimator.calibrate(None)
    again = estimator.estimate(frame_of(DARK, 2), person.track())
    assert off_lens_deg(again, person) == pytest.approx(off_lens_deg(plain, person), abs=1e-6)


@pytest.mark.parametrize("off", [(6.0, -3.0), (-4.0, 5.0)])
def test_a_person_whose_lens_look_is_misread_is_seen_to_look_into_it(off):
    """The iris sits off by ``off``; the calibration that takes it away leaves nothing to redirect."""
    person = person_at((40.0, 30.0, 560.0), off)
    estimator = GeometricGazeEstimator(GazeSettings())
    estimator.calibrate(replace(NONE, pitch_offset_deg=-off[0], yaw_offset_deg=-off[1]))
    gaze = estimator.estimate(blank_frame(), person.track())
    redirection = LensPolicy(PolicySettings()).decide(blank_frame(), person.track(), gaze)
    for side in SIDES:
        eye, lens = getattr(redirection, side), person.lens_gaze(side)
        assert np.degrees([eye.target.pitch - lens.pitch, eye.target.yaw - lens.yaw]) == pytest.approx(
            [0, 0], abs=0.01
        )
        way = np.degrees([eye.target.pitch - eye.source.pitch, eye.target.yaw - eye.source.yaw])
        assert way == pytest.approx([0, 0], abs=1.0)


def test_the_settings_come_first_and_the_calibration_after_them():
    correction = PersonalCorrection(GazeSettings(pitch_offset_deg=2.0, pitch_scale=1.5))
    correction.calibration = replace(NONE, pitch_offset_deg=-3.0, pitch_scale=2.0)
    assert -np.degrees(correction(np.zeros(2))) == pytest.approx([0.0, (2.0 * 1.5 - 3.0) * 2.0])


def test_settings_of_scale_hold_about_the_lens():
    person = person_at((0.0, 0.0, 550.0), (-10.0, 6.0))
    estimator = GeometricGazeEstimator(GazeSettings(pitch_scale=1.3, yaw_scale=0.5))
    found = off_lens_deg(estimator.estimate(blank_frame(), person.track()), person)
    assert found.mean(axis=0) == pytest.approx([-13.0, 3.0], abs=0.8)
