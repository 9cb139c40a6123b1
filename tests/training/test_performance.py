import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from training.synthesis import performance
from training.synthesis.pose import SIDES, Pose, unit
from vcam.geometry.angles import angle_between, pitch_yaw_from_vector

FPS = 30
TIMES = [k / FPS for k in range(round(performance.DURATION_S * FPS))]


def off_lens_deg(pose: Pose, side: str) -> tuple[float, float]:
    """Pitch and yaw of a line of sight minus those of the ray from the eye to the lens, degrees."""
    pitch, yaw = pitch_yaw_from_vector(pose.gaze[side])
    lens_pitch, lens_yaw = pitch_yaw_from_vector(unit(-pose.eyeball_center(side)))
    return float(np.degrees(pitch - lens_pitch)), float(np.degrees(yaw - lens_yaw))


def is_glancing(time_s: float) -> bool:
    start, end = performance.GLANCE_S
    return start - 0.02 <= time_s <= end + 0.1


@pytest.mark.parametrize("side", SIDES)
def test_reading_stays_six_to_fourteen_degrees_below_the_lens(side: str) -> None:
    offsets = np.array([off_lens_deg(performance.pose(t), side) for t in TIMES if not is_glancing(t)])
    assert offsets[:, 0].max() < -6
    assert offsets[:, 0].min() > -14
    assert np.abs(offsets[:, 1]).max() < 6


def test_the_glance_goes_twenty_degrees_to_image_right_for_half_a_second() -> None:
    yaws = np.array([off_lens_deg(performance.pose(t), "left")[1] for t in TIMES])
    aside = yaws < -18  # yaw is positive toward image left
    assert 0.5 <= aside.sum() / FPS <= 0.7
    assert np.all(np.diff(np.flatnonzero(aside)) == 1)
    assert yaws.min() > -24


@pytest.mark.parametrize("start", performance.BLINKS_S)
def test_each_blink_closes_and_reopens(start: float) -> None:
    closures = [performance.blink(start + s) for s in np.linspace(0, 0.4, 41)]
    assert closures[0] == 0
    assert max(closures) == 1
    assert closures[-1] == 0
    peak = int(np.argmax(closures))
    assert np.all(np.diff(closures[: peak + 1]) >= 0)


def test_eyes_are_open_most_of_the_time() -> None:
    assert np.mean([performance.blink(t) < 0.05 for t in TIMES]) > 0.8


def test_a_frame_shows_each_blink_fully_closed() -> None:
    closed = [t for t in TIMES if performance.blink(t) > 0.99]
    for start in performance.BLINKS_S:
        assert any(start < t < start + 0.3 for t in closed)


def test_the_clip_joins_its_own_start() -> None:
    first, after_last = performance.pose(0.0), performance.pose(performance.DURATION_S)
    np.testing.assert_allclose(first.translation, after_last.translation, atol=1e-9)
    np.testing.assert_allclose(first.rotation, after_last.rotation, atol=1e-12)
    np.testing.assert_allclose(first.gaze["left"], after_last.gaze["left"], atol=1e-12)


def test_the_head_never_jumps_between_frames() -> None:
    poses = [performance.pose(t) for t in [*TIMES, performance.DURATION_S]]
    turns = [angle_between(a.turn[:, 2], b.turn[:, 2]) for a, b in pairwise(poses)]
    steps = [np.linalg.norm(a.translation - b.translation) for a, b in pairwise(poses)]
    assert np.degrees(max(turns)) < 2
    assert max(steps) < 5


def test_the_head_turns_twelve_degrees_to_image_left_and_back() -> None:
    faces = [performance.pose(t).turn @ np.array([0.0, 0.0, -1.0]) for t in TIMES]
    yaws = np.degrees([float(pitch_yaw_from_vector(face)[1]) for face in faces])
    start, end = performance.TURN_S
    assert 10 < yaws[round((start + end) / 2 * FPS)] < 14
    assert np.abs(yaws[: round(start * FPS)]).max() < 3
    assert abs(yaws[-1]) < 3


def test_the_head_looks_a_little_down() -> None:
    face = performance.pose(0.0).turn @ np.array([0.0, 0.0, -1.0])
    assert -8 < np.degrees(float(pitch_yaw_from_vector(face)[0])) < -2


def test_both_lines_of_sight_meet_at_the_target() -> None:
    for time_s in (0.5, 3.1, 5.9):
        pose, point = performance.pose(time_s), performance.target(time_s)
        for side in SIDES:
            assert angle_between(pose.gaze[side], point - pose.eyeball_center(side)) < 1e-9


def test_a_wider_saccade_lasts_longer() -> None:
    assert performance.saccade_s(0.0) == pytest.approx(0.021)
    assert performance.saccade_s(np.radians(20)) == pytest.approx(0.065)


def test_the_truth_file_tells_what_is_performed() -> None:
    path = Path(__file__).parents[1] / "e2e" / "demo_truth.json"
    frames = json.loads(path.read_text(encoding="utf-8"))["frames"]
    assert len(frames) == len(TIMES)
    for time_s, frame in zip(TIMES, frames, strict=True):
        pose = performance.pose(time_s)
        np.testing.assert_allclose(frame["head_translation_mm"], pose.translation, atol=0.006)
        np.testing.assert_allclose(frame["head_rotation_rad"], pose.rotation, atol=6e-6)
        for side in SIDES:
            told = np.radians(frame["gaze_deg"][side])
            np.testing.assert_allclose(told, pitch_yaw_from_vector(pose.gaze[side]), atol=2e-5)
            assert frame["lid_opening"][side] == pytest.approx(1 - pose.blink[side], abs=6e-4)
