from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faces import Person, gaze_deg
from tests.sitter import LAPTOP, MONITOR, SIDES, Desk, Sitter
from vcam.calibration import (
    SACCADE_S,
    STEPS,
    Calibration,
    CalibrationError,
    about_lens,
    fit,
    lens_misses_deg,
    observation,
)
from vcam.gaze.offsets import gaze_at, offset_at
from vcam.types import EyeGaze, GazeEstimate

NOW = "2026-11-21T06:00:00+00:00"
NONE = Calibration(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, NOW, 0, 0.0)
LOOKS = [(0, 0), (-15, 0), (12, 0), (0, -15), (0, 15), (-10, 12)]


def found(sitter: Sitter, *, size_known: bool = True) -> Calibration:
    return fit(sitter.observations(), sitter.desk.screen(size_known=size_known), NOW)


def offset_deg(calibration: Calibration) -> tuple[float, float]:
    return calibration.pitch_offset_deg, calibration.yaw_offset_deg


def scale(calibration: Calibration) -> tuple[float, float]:
    return calibration.pitch_scale, calibration.yaw_scale


# --- the offset


@pytest.mark.parametrize("desk", [LAPTOP, MONITOR], ids=["laptop", "monitor"])
@pytest.mark.parametrize("fault_deg", [(0.0, 0.0), (5.0, -2.0), (-7.0, 3.0), (0.0, 8.0)])
def test_the_offset_is_found_within_a_third_of_a_degree(desk, fault_deg):
    calibration = found(Sitter(desk, fault_deg=fault_deg))
    assert offset_deg(calibration) == pytest.approx([-fault_deg[0], -fault_deg[1]], abs=0.35)


@settings(max_examples=20, deadline=None)
@given(
    fault=st.tuples(st.floats(-12, 12), st.floats(-12, 12)),
    stretch=st.tuples(st.floats(0.75, 1.35), st.floats(0.85, 1.15)),
    at_mm=st.tuples(st.floats(-120, 120), st.floats(0, 120), st.floats(430, 800)),
    seed=st.integers(0, 1000),
)
def test_whoever_sits_wherever_the_lens_is_found_in_both_eyes(fault, stretch, at_mm, seed):
    """What matters in the end: with the calibration, a look into the lens is read as one."""
    sitter = Sitter(fault_deg=fault, stretch=stretch, at_mm=at_mm, seed=seed)
    calibration = found(sitter)
    person = sitter.looking_at("lens")
    read = sitter.estimate(person)
    for side in SIDES:
        slope = person.eyeball(side)[:2] / person.eyeball(side)[2]
        gaze = gaze_at(calibration.corrected(offset_at(getattr(read, side).gaze, slope)), slope)
        lens = person.lens_gaze(side)
        assert np.degrees([gaze.pitch - lens.pitch, gaze.yaw - lens.yaw]) == pytest.approx([0, 0], abs=0.6)


def test_what_the_lens_was_missed_by_before_and_after_is_told():
    before, after = lens_misses_deg(Sitter(fault_deg=(4.0, -3.0)).observations())
    assert before == pytest.approx([4.0, -3.0], abs=0.4)
    assert after == pytest.approx([0.0, 0.0], abs=0.5)


# --- the scale


@pytest.mark.parametrize("desk", [LAPTOP, MONITOR], ids=["laptop", "monitor"])
@pytest.mark.parametrize("pitch", [0.8, 1.0, 1.3, 1.5])
def test_a_pitch_that_keeps_part_of_the_way_is_stretched_again(desk, pitch):
    """By four fifths at least: the rest may be the distance."""
    calibration, wanted = found(Sitter(desk, stretch=(pitch, 1.0))), np.log(pitch)
    assert np.log(calibration.pitch_scale) == pytest.approx(0.9 * wanted, abs=0.04 + 0.12 * abs(wanted))
    assert calibration.yaw_scale == pytest.approx(1.0, abs=0.06)


@pytest.mark.parametrize("distance", [0.75, 1.0, 1.3])
def test_a_wrong_field_of_view_hardly_stretches_the_gaze(distance):
    calibration = found(Sitter(distance_known_as=distance))
    assert scale(calibration) == pytest.approx([1.0, 1.0], abs=0.1)


@pytest.mark.parametrize("told", [0.5, 1.0, 2.0])
def test_a_screen_of_unknown_size_still_tells_how_pitch_compares_with_yaw(told):
    sitter = Sitter(stretch=(1.3, 1.0))
    targets = {step: (told * x, told * y) for step, (x, y) in sitter.desk.screen().targets_mm.items()}
    calibration = fit(
        sitter.observations(), replace(sitter.desk.screen(size_known=False), targets_mm=targets), NOW
    )
    assert calibration.pitch_scale / calibration.yaw_scale == pytest.approx(1.3, abs=0.1)


@pytest.mark.parametrize("seed", range(10))
def test_an_estimate_that_is_right_stays_as_it_is(seed):
    calibration = found(Sitter(seed=seed))
    assert offset_deg(calibration) == pytest.approx([0, 0], abs=0.4)
    assert scale(calibration) == pytest.approx([1, 1], abs=0.06)


# --- the screen


@pytest.mark.parametrize("fault_deg", [(0.0, 0.0), (6.0, -4.0)])
def test_where_the_face_on_the_screen_stands_is_found(fault_deg):
    desk = Desk(lens=(60.0, -20.0))
    calibration = found(Sitter(desk, fault_deg=fault_deg))
    x, y, _ = desk.in_camera("face")
    straight = -np.degrees([y, x]) / 560.0
    assert (calibration.screen_pitch_deg, calibration.screen_yaw_deg) == pytest.approx(straight, abs=0.8)


def test_the_screen_below_the_lens_has_a_negative_pitch():
    assert found(Sitter()).screen_pitch_deg < -5


def test_a_mirrored_camera_is_understood():
    desk = Desk(lens=(60.0, -20.0))
    straight, mirrored = found(Sitter(desk)), found(Sitter(desk, mirrored=True, at_mm=(-20.0, 40.0, 560.0)))
    assert mirrored.screen_yaw_deg == pytest.approx(-straight.screen_yaw_deg, abs=0.6)
    assert scale(mirrored) == pytest.approx(scale(straight), abs=0.05)


def test_samples_and_spread_are_those_of_the_looks_that_counted():
    sitter = Sitter(noise_deg=0.8)
    calibration = found(sitter)
    assert calibration.spread_deg == pytest.approx(0.8, abs=0.15)
    assert 150 < calibration.samples < len(sitter.observations())
    assert calibration.made_at == NOW


# --- a person who does not follow


@pytest.mark.parametrize("step", STEPS)
def test_eyes_that_are_not_seen_are_told_with_the_step(step):
    with pytest.raises(CalibrationError, match="not seen clearly") as raised:
        found(Sitter(hidden=(step,)))
    assert raised.value.steps == (step,)
    assert {"lens": "the lens", "face": "the face"}.get(step, f"the {step} corner") in str(raised.value)


@pytest.mark.parametrize("step", STEPS)
def test_eyes_that_wander_in_a_step_are_told_with_it(step):
    with pytest.raises(CalibrationError, match="did not rest") as raised:
        found(Sitter(wander_deg={step: 8.0}))
    assert raised.value.steps == (step,)


@pytest.mark.parametrize(
    ("step", "instead"),
    [
        ("top left", "top right"),
        ("top right", "bottom left"),
        ("bottom right", "face"),
        ("bottom left", "lens"),
        ("face", "bottom left"),
        ("face", "top right"),
    ],
)
@pytest.mark.parametrize("desk", [LAPTOP, MONITOR], ids=["laptop", "monitor"])
def test_a_look_elsewhere_is_told_with_the_step(desk, step, instead):
    with pytest.raises(CalibrationError, match="Your eyes were not at") as raised:
        found(Sitter(desk, instead={step: instead}))
    assert raised.value.steps == (step,)


@pytest.mark.parametrize("desk", [LAPTOP, MONITOR], ids=["laptop", "monitor"])
def test_who_looks_at_the_screen_instead_of_the_lens_is_told_so(desk):
    with pytest.raises(CalibrationError, match="stayed on the screen") as raised:
        found(Sitter(desk, instead={"lens": "face"}))
    assert raised.value.steps == ("lens",)


def test_who_ignores_the_corners_is_to_do_them_all_again():
    lazy = dict.fromkeys(STEPS[2:], "face")
    with pytest.raises(CalibrationError) as raised:
        found(Sitter(instead=lazy))
    assert set(raised.value.steps) == set(STEPS[2:])


def test_corners_in_another_order_are_to_be_done_again():
    turned = dict(zip(STEPS[2:], STEPS[3:] + STEPS[2:3], strict=True))
    with pytest.raises(CalibrationError) as raised:
        found(Sitter(instead=turned))
    assert set(raised.value.steps) == set(STEPS[2:])


def test_a_look_that_is_read_too_far_from_the_lens_is_not_believed():
    with pytest.raises(CalibrationError, match="degrees beside it") as raised:
        found(Sitter(fault_deg=(24.0, 0.0)))
    assert raised.value.steps == ("lens",)


def test_a_slow_machine_has_enough_looks():
    assert found(Sitter(fps=10.0, fault_deg=(3.0, 0.0))).pitch_offset_deg == pytest.approx(-3.0, abs=0.6)


def test_looks_before_the_eyes_arrived_do_not_count():
    late = [o for o in Sitter().observations() if o.since_s < SACCADE_S]
    with pytest.raises(CalibrationError, match="0 clear"):
        fit(late, LAPTOP.screen(), NOW)


# --- how it is applied


@pytest.mark.parametrize("look", LOOKS)
def test_an_observation_is_the_offset_in_which_both_eyes_agree(look):
    person = Person(at_mm=(60.0, -30.0, 500.0), looks=gaze_deg(*look))
    read = GazeEstimate(*(EyeGaze(person.gaze(side), 0.9) for side in SIDES))
    seen = observation("face", 1.0, person.track(), read)
    for side in SIDES:
        eye = person.eyeball(side)
        assert seen.offset == pytest.approx(offset_at(person.gaze(side), eye[:2] / eye[2]), abs=0.01)
    assert seen.eye_mm == pytest.approx((person.eyeball("left") + person.eyeball("right")) / 2, abs=0.01)


def test_an_offset_is_added_to_the_angles_and_scaled_about_the_lens():
    looks = -np.radians([3.0, 2.0])  # yaw 3, pitch 2
    assert -np.degrees(about_lens(looks, (-2.0, -3.0), (1.4, 0.6))) == pytest.approx([0, 0])
    assert -np.degrees(about_lens(looks, (0.0, 0.0), (1.5, 2.0))) == pytest.approx([6.0, 3.0])
    assert -np.degrees(about_lens(looks, (2.0, 1.0), (1.5, 2.0))) == pytest.approx([8.0, 6.0])


def test_no_calibration_is_one_that_changes_nothing():
    looks = np.array([0.1, -0.2])
    assert NONE.corrected(looks) == pytest.approx(looks)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pitch_offset_deg", 21.0),
        ("yaw_offset_deg", float("nan")),
        ("pitch_scale", 0.0),
        ("yaw_scale", 2.5),
        ("screen_yaw_deg", float("inf")),
        ("samples", -1),
        ("spread_deg", "much"),
    ],
)
def test_numbers_that_no_calibration_has_are_refused(field, value):
    with pytest.raises(CalibrationError, match=f"{field}: expected a number from"):
        replace(NONE, **{field: value})
