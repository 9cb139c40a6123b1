import numpy as np
import pytest

from training.synthesis.camera import Camera

CAMERA = Camera.from_horizontal_view(1280, 720, 63.0)


def test_the_view_angle_reaches_from_edge_to_edge() -> None:
    edge = np.array([np.tan(np.radians(31.5)), 0.0, 1.0]) * 700
    assert CAMERA.project(edge)[0] == pytest.approx(1280 - 0.5)  # outer border of the last pixel


def test_opengl_and_the_pinhole_agree_on_every_pixel() -> None:
    points = np.random.default_rng(0).uniform([-200, -100, 300], [200, 100, 900], (50, 3))
    clip = np.column_stack([points, np.ones(50)]) @ CAMERA.clip_matrix().T
    normalized = clip[:, :2] / clip[:, 3:]
    # OpenGL's window starts at the bottom left corner of the first pixel, ours in its middle, row 0 on top.
    pixels = (normalized * [1, -1] + 1) / 2 * [1280, 720] - 0.5
    np.testing.assert_allclose(pixels, CAMERA.project(points), atol=1e-9)


def test_depth_grows_from_the_near_to_the_far_plane() -> None:
    near, middle, far = (CAMERA.clip_matrix(100, 3000) @ [0, 0, z, 1] for z in (100, 500, 3000))
    assert near[2] / near[3] == pytest.approx(-1)
    assert -1 < middle[2] / middle[3] < 1
    assert far[2] / far[3] == pytest.approx(1)
