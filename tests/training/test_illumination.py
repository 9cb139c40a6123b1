import numpy as np
import pytest

from training.synthesis.illumination import (
    RoomLight,
    Softbox,
    Transfer,
    blur_over_mesh,
    sphere_directions,
    vertex_normals,
)

WINDOW = Softbox((-0.8, -0.3, -0.5), 0.3, 0.4, (6.0, 5.0, 4.0))
WHITE_ROOM = RoomLight((), (1.0, 1.0, 1.0), (1.0, 1.0, 1.0))
NORMALS = sphere_directions(40)


def open_transfer(count: int = 1024) -> Transfer:
    directions = sphere_directions(count)
    return Transfer.from_visibility(directions, np.ones((1, count), np.float32), NORMALS)


def test_directions_cover_the_sphere_evenly() -> None:
    directions = sphere_directions(256)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1, atol=1e-12)
    assert np.linalg.norm(directions.mean(axis=0)) < 0.01
    np.testing.assert_allclose(directions.T @ directions / 256, np.eye(3) / 3, atol=0.01)


def test_a_white_surface_in_a_white_room_looks_white() -> None:
    np.testing.assert_allclose(open_transfer().irradiance(WHITE_ROOM, np.eye(3)), 1, atol=0.02)


def test_hidden_directions_give_no_light() -> None:
    directions = sphere_directions(256)
    dark = Transfer.from_visibility(directions, np.zeros((1, 256), np.float32), NORMALS)
    assert dark.irradiance(WHITE_ROOM, np.eye(3)).max() == 0


def test_a_surface_that_faces_the_window_is_lit_most() -> None:
    light = RoomLight((WINDOW,), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    lit = open_transfer().irradiance(light, np.eye(3))[:, 1]
    toward = WINDOW.axes()[2]
    assert np.argmax(lit) == np.argmax(NORMALS @ toward)
    assert lit[np.argmin(NORMALS @ toward)] < 0.02 * lit.max()


def test_the_blurred_box_keeps_its_energy() -> None:
    directions = sphere_directions(4096)
    spread = WINDOW.diffuse(directions).mean(axis=0) * 4 * np.pi
    np.testing.assert_allclose(spread, 4 * 0.3 * 0.4 * np.array([6.0, 5.0, 4.0]), rtol=0.03)


def test_turning_the_head_is_turning_the_light_the_other_way() -> None:
    light = RoomLight((WINDOW,), (0.3, 0.3, 0.3), (0.1, 0.1, 0.1))
    half_turn = np.diag([-1.0, 1.0, -1.0])
    turned = open_transfer().irradiance(light, half_turn)
    x, y, z = WINDOW.direction
    mirrored = RoomLight((Softbox((-x, y, -z), 0.3, 0.4, WINDOW.radiance),), light.above, light.below)
    np.testing.assert_allclose(turned, open_transfer().irradiance(mirrored, np.eye(3)), rtol=1e-5)


def test_box_visibility_is_a_share() -> None:
    light = RoomLight((WINDOW,), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    assert open_transfer().box_visibility(light, np.eye(3)) == pytest.approx(np.ones((1, 1)))


def test_box_axes_are_a_frame_with_down_pointing_down() -> None:
    axes = WINDOW.axes()
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert axes[1, 1] > 0


def test_twin_vertices_on_a_seam_share_their_normal() -> None:
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 1, 1.0]])
    triangles = np.array([[0, 1, 2], [3, 5, 4]])
    places = np.array([0, 1, 2, 1, 2, 3])
    normals = vertex_normals(vertices, triangles, places)
    np.testing.assert_allclose(normals[1], normals[3])
    assert not np.allclose(vertex_normals(vertices, triangles)[1], vertex_normals(vertices, triangles)[3])


def test_blurring_spreads_light_and_leaves_even_light_alone() -> None:
    edges = np.array([[0, 1], [1, 2], [2, 3], [3, 0]])
    np.testing.assert_allclose(blur_over_mesh(np.full((4, 3), 0.7), edges, 5), 0.7)
    spot = blur_over_mesh(np.eye(4)[:, :1], edges, 3)
    assert 0.2 < spot[0, 0] < 0.6
    assert spot[2, 0] > 0.1
