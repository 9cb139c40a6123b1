import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.synthesis.eyeballs import (
    LID_SAMPLES,
    SCLERA_RADIUS_MM,
    Lids,
    eye_rotation,
    eyeball_axis,
    lid_weights,
)
from training.synthesis.face_model import EYEBALL_CENTERS_MM
from training.synthesis.grids import grid_triangles
from vcam.geometry.angles import Float, pitch_yaw_from_vector, vector_from_pitch_yaw

angle = st.floats(-0.6, 0.6)
REST = np.array([0.0, 0.0, -1.0])


def skin_with_a_slit(half_height_rad: float) -> tuple[Float, np.ndarray]:
    """A mask around the left eye that dips into the eyeball along a slit of the given half height."""
    around, rings = np.linspace(0, 2 * np.pi, 48), np.array([0.5, 0.75, 1.0, 1.3, 1.6, 2.0])
    azimuth = rings[:, None] * 0.7 * np.cos(around)
    elevation = rings[:, None] * half_height_rad * np.sin(around)
    radius = SCLERA_RADIUS_MM + np.where(rings < 1.0, -1.0, 0.3 * rings)[:, None] + 0 * around
    level = np.cos(elevation)
    unit = np.stack([level * np.sin(azimuth), -np.sin(elevation), -level * np.cos(azimuth)], axis=-1)
    vertices = EYEBALL_CENTERS_MM["left"] + (radius[..., None] * unit).reshape(-1, 3)
    return vertices, grid_triangles(len(rings), len(around))


@given(angle, angle)
def test_the_eyeball_turns_onto_its_gaze(pitch: float, yaw: float) -> None:
    gaze = vector_from_pitch_yaw(pitch, yaw)
    turn = eye_rotation(gaze)
    np.testing.assert_allclose(turn @ REST, gaze, atol=1e-12)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)


@given(angle, angle)
def test_the_eyeball_turns_without_torsion(pitch: float, yaw: float) -> None:
    turn = eye_rotation(vector_from_pitch_yaw(pitch, yaw))
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    assert abs(axis[2]) < 1e-12


def test_kappa_points_each_axis_outward_and_keeps_its_height() -> None:
    sight = vector_from_pitch_yaw(-0.2, 0.1)
    left = pitch_yaw_from_vector(eyeball_axis("left", sight, 0.07))
    right = pitch_yaw_from_vector(eyeball_axis("right", sight, 0.07))
    assert (float(left[0]), float(left[1])) == pytest.approx((-0.2, 0.03))  # the left eye is on image right
    assert (float(right[0]), float(right[1])) == pytest.approx((-0.2, 0.17))


def test_lids_follow_a_gaze_that_goes_down() -> None:
    weights = lid_weights("left", vector_from_pitch_yaw(np.radians(-15), 0.0), blink=0.0)
    assert weights["eyeLookDown_L"] == pytest.approx(0.5)
    assert weights["eyeLookUp_L"] == weights["eyeBlink_L"] == 0


def test_one_yaw_is_inward_for_one_eye_and_outward_for_the_other() -> None:
    gaze = vector_from_pitch_yaw(0.0, 0.2)  # toward image left, where the right eye is
    left, right = lid_weights("left", gaze, 0.0), lid_weights("right", gaze, 0.0)
    assert left["eyeLookIn_L"] > 0 == left["eyeLookOut_L"]
    assert right["eyeLookOut_R"] > 0 == right["eyeLookIn_R"]


def test_a_blink_takes_over_from_the_gaze() -> None:
    weights = lid_weights("right", vector_from_pitch_yaw(-0.3, 0.2), blink=1.0)
    assert weights.pop("eyeBlink_R") >= 1
    assert set(weights.values()) == {0.0}


def test_lids_are_found_where_skin_enters_the_eyeball() -> None:
    vertices, triangles = skin_with_a_slit(0.3)
    profile = Lids("left", vertices, triangles).profile(vertices)
    middle = LID_SAMPLES // 2
    assert profile[middle] == pytest.approx([0.3, -0.3], abs=0.02)
    assert np.all(profile[:, 0] >= profile[:, 1] - 1e-6)


def test_lids_follow_the_skin_that_moves() -> None:
    vertices, triangles = skin_with_a_slit(0.3)
    lids = Lids("left", vertices, triangles)
    half_shut, _ = skin_with_a_slit(0.1)
    assert lids.profile(half_shut)[LID_SAMPLES // 2] == pytest.approx([0.1, -0.1], abs=0.02)


def test_lifted_skin_lies_outside_the_eyeball() -> None:
    vertices, triangles = skin_with_a_slit(0.3)
    lids = Lids("left", vertices, triangles)
    center = EYEBALL_CENTERS_MM["left"]
    outside = np.linalg.norm(vertices - center, axis=1) >= SCLERA_RADIUS_MM
    sunk = center + 0.9 * (vertices - center)
    lids.lift(sunk)
    assert np.linalg.norm(sunk[outside] - center, axis=1).min() > SCLERA_RADIUS_MM
