import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.synthesis.eyes.view import CANTHI_PX, HEIGHT, WIDTH, View, stored_from_patch
from vcam.geometry.patch import PATCH_SIZE, eye_to_frame

CANTHI = np.array([[-15.0, 3.5, -9.5], [13.4, 1.9, -4.0]])
angle = st.floats(-0.5, 0.5)


def test_the_stored_picture_is_the_patch_and_a_margin() -> None:
    corners = stored_from_patch(np.array([[-8.5, -8.5], [PATCH_SIZE[0] + 7.5, PATCH_SIZE[1] + 7.5]]))
    np.testing.assert_allclose(corners, [[-0.5, -0.5], [WIDTH - 0.5, HEIGHT - 0.5]])


def test_the_runtimes_patch_of_a_stored_picture_is_its_middle() -> None:
    to_frame = eye_to_frame(CANTHI_PX[0], CANTHI_PX[1], mirrored=False)
    point = np.array([20.0, 30.0])
    np.testing.assert_allclose(to_frame[:, :2] @ point + to_frame[:, 2], stored_from_patch(point), atol=1e-4)


@given(angle, angle, st.floats(300, 900))
def test_the_canthi_land_where_every_patch_has_them(pitch: float, yaw: float, distance: float) -> None:
    view = View.onto(CANTHI, (pitch, yaw), distance)
    np.testing.assert_allclose(view.project(view.to_camera(CANTHI)), CANTHI_PX, atol=1e-6)


@given(angle, angle)
def test_the_region_is_turned_and_not_bent(pitch: float, yaw: float) -> None:
    rotation = View.onto(CANTHI, (pitch, yaw), 500.0).rotation
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_a_face_that_turns_to_image_left_has_positive_yaw() -> None:
    view = View.onto(CANTHI, (0.0, 0.4), 500.0)
    assert (view.rotation @ [0.0, 0.0, -1.0])[0] < -0.3
    assert view.head_angles()[1] == pytest.approx(0.4, abs=0.05)


def test_a_face_that_looks_up_has_positive_pitch() -> None:
    view = View.onto(CANTHI, (0.3, 0.0), 500.0)
    assert (view.rotation @ [0.0, 0.0, -1.0])[1] < -0.2
    assert view.head_angles()[0] == pytest.approx(0.3, abs=0.05)


@given(st.floats(0, WIDTH - 1), st.floats(0, HEIGHT - 1))
def test_a_ray_goes_back_through_its_pixel(x: float, y: float) -> None:
    view = View.onto(CANTHI, (0.1, -0.2), 500.0)
    np.testing.assert_allclose(view.project(view.rays(np.array([x, y])) * 700), [x, y], atol=1e-6)


def test_clip_space_and_projection_agree() -> None:
    view = View.onto(CANTHI, (0.1, -0.2), 500.0)
    point = view.to_camera(np.array([4.0, -6.0, -11.0]))
    clip = view.clip_matrix(150.0, 1200.0) @ [*point, 1.0]
    pixel = (clip[:2] / clip[3] + 1) / 2 * (WIDTH, HEIGHT) - 0.5
    np.testing.assert_allclose(pixel, view.project(point), atol=1e-9)
