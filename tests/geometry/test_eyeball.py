import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.faces import CAMERA
from vcam.geometry import eyeball
from vcam.geometry.angles import angle_between, vector_from_pitch_yaw

angles = st.floats(-0.9, 0.9)
slopes = st.tuples(st.floats(-0.6, 0.6), st.floats(-0.4, 0.4))
TOWARD_LENS = np.radians(75.0)
"""How far from the ray to the lens a gaze may turn while its iris stays on the near side."""


@given(pitch=angles, yaw=angles, slope=slopes)
@settings(deadline=None)
def test_a_gaze_survives_the_way_through_its_iris_offset(pitch, yaw, slope):
    gaze = vector_from_pitch_yaw(pitch, yaw)
    to_lens = -np.append(slope, 1.0)
    assume(angle_between(gaze, to_lens) < TOWARD_LENS)
    back = eyeball.gaze_of_offset(eyeball.offset_of_gaze(gaze, slope), slope)
    assert back == pytest.approx(gaze, abs=1e-6)


@given(slope=slopes)
@settings(deadline=None)
def test_an_eye_that_looks_into_the_lens_has_no_offset_wherever_it_is(slope):
    to_lens = -np.append(slope, 1.0)
    to_lens /= np.linalg.norm(to_lens)
    assert eyeball.offset_of_gaze(to_lens, slope) == pytest.approx([0.0, 0.0], abs=1e-12)
    assert eyeball.gaze_of_offset((0.0, 0.0), slope) == pytest.approx(to_lens)


@given(pitch=angles, yaw=angles, slope=slopes, depth=st.floats(400.0, 1200.0))
@settings(deadline=None)
def test_the_offset_is_what_a_camera_sees_of_the_iris(pitch, yaw, slope, depth):
    center = depth * np.append(slope, 1.0)
    gaze = vector_from_pitch_yaw(pitch, yaw)
    iris = center + eyeball.IRIS_DISTANCE_MM * gaze
    px = CAMERA.project(iris) - CAMERA.project(center)
    radius_px = CAMERA.focal_px * eyeball.IRIS_DISTANCE_MM / iris[2]
    assert px / radius_px == pytest.approx(eyeball.offset_of_gaze(gaze, slope), abs=1e-9)


@given(x=st.floats(-3.0, 3.0), y=st.floats(-3.0, 3.0), slope=slopes)
@settings(deadline=None)
def test_an_offset_beyond_the_edge_gives_a_gaze_all_the_same(x, y, slope):
    gaze = eyeball.gaze_of_offset((x, y), slope)
    assert np.isfinite(gaze).all()
    assert np.linalg.norm(gaze) == pytest.approx(1.0)


def test_an_iris_to_image_right_and_below_looks_there():
    x, y, z = eyeball.gaze_of_offset((0.3, 0.2), (0.0, 0.0))
    assert (x, y) == pytest.approx((0.3, 0.2))
    assert z < 0


def test_both_eyeballs_lie_symmetrically_above_and_behind_the_canthi():
    left, right = eyeball.eye_center(left=True), eyeball.eye_center(left=False)
    assert left * [-1.0, 1.0, 1.0] == pytest.approx(right)
    assert left[0] > 0
    assert left[1] < 0
    assert left[2] > 0


def test_an_iris_seen_from_the_front_is_a_circle():
    assert eyeball.disc_shape((0.0, 0.0, -1.0)) == pytest.approx(np.eye(2))


@given(pitch=angles, yaw=angles)
@settings(deadline=None)
def test_a_turned_iris_is_foreshortened_along_its_turn_and_nowhere_else(pitch, yaw):
    gaze = vector_from_pitch_yaw(pitch, yaw)
    shape = eyeball.disc_shape(gaze)
    assert shape == pytest.approx(shape.T)
    assert np.linalg.det(shape) == pytest.approx(-gaze[2])
    across = np.array([-gaze[1], gaze[0]])
    assert shape @ across == pytest.approx(across)


@given(pitch=angles, yaw=angles, around=st.floats(0.0, 2 * np.pi))
@settings(deadline=None)
def test_the_shape_is_the_picture_of_a_disc_at_right_angles_to_the_gaze(pitch, yaw, around):
    gaze = vector_from_pitch_yaw(pitch, yaw)
    x, y = eyeball.disc_shape(gaze) @ [np.cos(around), np.sin(around)]
    # of the rim of a disc we see (x, y); its depth follows from lying in the disc's plane
    z = -(gaze[0] * x + gaze[1] * y) / gaze[2]
    assert x * x + y * y + z * z == pytest.approx(1.0)
