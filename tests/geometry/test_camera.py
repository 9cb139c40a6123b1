import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.geometry.camera import PinholeCamera

CAMERA = PinholeCamera.from_field_of_view(1280, 720, 63.0)

meters = st.floats(-1000.0, 1000.0)
depths = st.floats(100.0, 3000.0)


@pytest.mark.parametrize("fov_deg", [40.0, 63.0, 90.0])
def test_the_longer_side_of_the_picture_spans_the_field_of_view(fov_deg):
    camera = PinholeCamera.from_field_of_view(1280, 720, fov_deg)
    half = np.radians(fov_deg) / 2
    right_edge, _ = camera.project([np.sin(half), 0.0, np.cos(half)])
    assert right_edge == pytest.approx(1280 - 0.5)


def test_a_picture_turned_to_portrait_keeps_its_scale():
    portrait = PinholeCamera.from_field_of_view(720, 1280, 63.0)
    assert portrait.focal_px == CAMERA.focal_px
    assert portrait.center_px == (359.5, 639.5)


def test_what_lies_on_the_optical_axis_is_seen_in_the_middle_of_the_picture():
    assert CAMERA.center_px == (639.5, 359.5)
    assert CAMERA.project([0.0, 0.0, 500.0]) == pytest.approx(CAMERA.center_px)


def test_a_point_to_image_right_and_below_is_seen_to_the_right_and_below():
    x, y = CAMERA.project([10.0, 20.0, 500.0])
    assert x > 639.5
    assert y > 359.5


@given(x=meters, y=meters, z=depths)
@settings(deadline=None)
def test_the_matrix_projects_as_the_camera_does(x, y, z):
    u, v, w = CAMERA.matrix @ [x, y, z]
    assert CAMERA.project([x, y, z]) == pytest.approx([u / w, v / w])


def test_many_points_at_once_give_many_pixels():
    points = np.array([[[0.0, 0.0, 1.0], [1.0, 0.0, 2.0]], [[0.0, 1.0, 4.0], [1.0, 1.0, 1.0]]])
    seen = CAMERA.project(points)
    assert seen.shape == (2, 2, 2)
    assert seen[1, 0] == pytest.approx(CAMERA.project(points[1, 0]))
