import cv2
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.faces import SCLERA, Person, disc, draw, inside
from vcam.geometry.eyelayers import IrisDisc, complete_iris, lift_highlight, ramp, sclera_level, spread_sclera

Array = NDArray[np.float32]

SHAPE = (60, 90)
CENTER, RADIUS = (45.0, 30.0), 14.0
DOWN = np.array([0.0, 1.0], np.float32)
Y, X = np.indices(SHAPE, np.float32)
LEVEL = float(SCLERA[1])
ROUND = IrisDisc(CENTER, RADIUS, np.eye(2))


def symmetric_iris() -> Array:
    """A picture whose iris has its own colors everywhere, the same above as below its center."""
    height = np.abs(Y - CENTER[1])
    return np.stack([2 * X, 4 * height, 100 + X - height], axis=-1)


def crop_of_an_eye(catchlight: tuple[float, float] | None) -> tuple[NDArray[np.uint8], Array, Array]:
    """A drawn eye's crop, its sclera and its iris as masks."""
    eye = Person(at_mm=(0.0, 0.0, 400.0)).eye("left")
    picture = draw([eye], catchlight=catchlight)
    x, y = eye.iris_center.astype(int)
    window = slice(y - 30, y + 30), slice(x - 50, x + 50)
    iris = disc(picture.shape[:2], eye.iris_center, eye.iris_radius)
    far_from_iris = 1 - disc(picture.shape[:2], eye.iris_center, eye.iris_radius * 1.2)
    opening = (inside(picture.shape[:2], eye.opening) == 1).astype(np.float32)
    return picture[window], (opening * far_from_iris)[window], (opening * iris)[window]


@given(st.floats(-10, 10), st.floats(-5, 5), st.floats(-5, 5))
@settings(deadline=None)
def test_a_ramp_runs_smoothly_from_0_to_1_either_way(x, start, stop):
    assume(abs(start - stop) > 0.1)
    value = float(ramp(np.float32(x), start, stop))
    assert 0 <= value <= 1
    assert float(ramp(np.float32(x), stop, start)) == pytest.approx(1 - value, abs=1e-3)


@pytest.mark.parametrize(("start", "stop"), [(1.0, 3.0), (3.0, 1.0)])
def test_a_ramp_has_its_ends_where_it_says(start, stop):
    assert ramp(np.array([start, (start + stop) / 2, stop], np.float32), start, stop).tolist() == [
        0.0,
        0.5,
        1.0,
    ]


def test_unit_coordinates_survive_the_way_to_the_picture_and_back():
    tilted = IrisDisc((12.0, 7.0), 9.0, np.array([[0.9, 0.05], [0.05, 0.8]]))
    x, y = tilted.place(*tilted.unit(X, Y))
    assert x == pytest.approx(X, abs=1e-3)
    assert y == pytest.approx(Y, abs=1e-3)


def test_the_rim_of_an_iris_is_one_radius_from_its_center():
    tilted = IrisDisc((12.0, 7.0), 9.0, np.array([[0.9, 0.05], [0.05, 0.8]]))
    around = np.linspace(0, 2 * np.pi, 20, dtype=np.float32)
    rim = np.array([12.0, 7.0]) + 9.0 * np.stack([np.cos(around), np.sin(around)], axis=-1) @ tilted.shape
    assert tilted.distance(rim[:, 0].astype(np.float32), rim[:, 1].astype(np.float32)) == pytest.approx(1.0)


def test_a_moved_iris_is_the_same_one_elsewhere():
    moved = ROUND.moved(3.0, -2.0)
    assert moved.distance(X + 3, Y - 2) == pytest.approx(ROUND.distance(X, Y), abs=1e-5)


@pytest.mark.parametrize("catchlight", [None, (0.3, -0.4), (-0.5, 0.1)])
def test_the_clean_picture_and_the_glow_add_up_to_the_crop(catchlight):
    crop, _, iris = crop_of_an_eye(catchlight)
    clean, glow = lift_highlight(crop, iris, 15.0, LEVEL)
    assert clean + glow == pytest.approx(crop.astype(np.float32), abs=1e-3)
    assert glow.min() >= 0


@pytest.mark.parametrize("catchlight", [(0.3, -0.4), (-0.5, 0.1), (0.0, 0.0)])
def test_a_catchlight_is_lifted_off(catchlight):
    crop, _, iris = crop_of_an_eye(catchlight)
    dark, _, _ = crop_of_an_eye(None)
    clean, glow = lift_highlight(crop, iris, 15.0, LEVEL)
    light = np.clip(crop.astype(np.float32) - dark, 0, None)
    lit = light.max(axis=-1) > 20
    assert lit.sum() > 10
    assert np.abs(clean - dark)[lit].mean() < 0.25 * light[lit].mean()
    assert cv2.dilate(lit.astype(np.uint8), np.ones((7, 7)))[glow.max(axis=-1) > 5].all()


def test_an_iris_without_a_catchlight_is_left_as_it_is():
    crop, _, iris = crop_of_an_eye(None)
    assert lift_highlight(crop, iris, 15.0, LEVEL)[1].max() < 5


def test_a_bright_spot_beside_the_iris_is_no_catchlight():
    crop, _, iris = crop_of_an_eye((0.3, -0.4))
    assert not lift_highlight(crop, np.zeros_like(iris), 15.0, LEVEL)[1].any()


def test_the_level_of_a_sclera_is_that_of_its_bright_part():
    crop, sclera, _ = crop_of_an_eye(None)
    assert sclera_level(crop, sclera) == pytest.approx(LEVEL, abs=8)


def test_a_sclera_that_is_not_seen_has_a_level_to_divide_by():
    crop, sclera, _ = crop_of_an_eye(None)
    assert sclera_level(crop, np.zeros_like(sclera)) == 1.0


def test_the_pattern_of_a_light_iris_is_no_catchlight():
    crop, _, iris = crop_of_an_eye((0.3, -0.4))
    dim = (crop * 0.45).astype(np.uint8)
    assert lift_highlight(dim, iris, 15.0, 0.45 * LEVEL)[1].max() > 40
    assert lift_highlight(dim, iris, 15.0, 2 * LEVEL)[1].max() < 5


def test_the_spread_sclera_has_only_colors_of_the_sclera():
    crop, sclera, _ = crop_of_an_eye(None)
    seen = crop[sclera == 1]
    spread = spread_sclera(crop.astype(np.float32), sclera, LEVEL, 70.0)
    inner = spread[15:45, 20:80]
    assert (inner.min(axis=(0, 1)) >= seen.min(axis=0) - 1).all()
    assert (inner.max(axis=(0, 1)) <= seen.max(axis=0) + 1).all()
    assert spread[30, 50] == pytest.approx(SCLERA, abs=3)


def test_the_spread_sclera_follows_the_shade_on_each_side_of_the_iris():
    shaded = np.tile(SCLERA, (*SHAPE, 1)) * np.linspace(0.8, 1.0, SHAPE[1], dtype=np.float32)[:, None]
    around = 1 - disc(SHAPE, CENTER, RADIUS)
    spread = spread_sclera(shaded, around, LEVEL, 60.0)
    row = spread[30, 30:60, 1]
    assert (np.diff(row) > 0).all()
    assert row == pytest.approx(shaded[30, 30:60, 1], abs=12)


def test_without_any_sclera_the_spread_is_finite():
    assert np.isfinite(spread_sclera(symmetric_iris(), np.zeros(SHAPE, np.float32), LEVEL, 60.0)).all()


def test_what_is_seen_of_an_iris_keeps_its_color():
    picture, everything = symmetric_iris(), np.ones(SHAPE, np.float32)
    color, seen = complete_iris(picture, everything, ROUND, ROUND.unit(X, Y), DOWN)
    assert color == pytest.approx(picture, abs=0.01)
    assert (seen == 1).all()


def test_an_iris_asked_for_elsewhere_brings_its_own_colors_along():
    picture, everything = symmetric_iris(), np.ones(SHAPE, np.float32)
    unit = ROUND.moved(5.0, 3.0).unit(X, Y)
    color, _ = complete_iris(picture, everything, ROUND, unit, DOWN)
    assert color[10:, 10:] == pytest.approx(picture[7:-3, 5:-5], abs=0.01)


def test_what_a_lid_hides_of_an_iris_is_its_mirror_image():
    picture = symmetric_iris()
    visible = (Y - CENTER[1] > -5).astype(np.float32)
    picture_with_lid = np.where(visible[..., None] > 0, picture, 222.0).astype(np.float32)
    color, seen = complete_iris(picture_with_lid, visible, ROUND, ROUND.unit(X, Y), DOWN)
    hidden = (ROUND.distance(X, Y) < 0.9) & (visible == 0)
    assert hidden.sum() > 50
    assert color[hidden] == pytest.approx(picture[hidden], abs=0.05)
    assert seen[hidden].max() < 1e-4


def test_what_is_hidden_above_and_below_comes_from_beside_the_pupil_at_the_same_distance():
    around = np.hypot(X - CENTER[0], Y - CENTER[1])
    rings = np.repeat(4 * around[..., None], 3, axis=-1)
    visible = (np.abs(Y - CENTER[1]) < 4).astype(np.float32)
    clean = np.where(visible[..., None] > 0, rings, 222.0).astype(np.float32)
    color, _ = complete_iris(clean, visible, ROUND, ROUND.unit(X, Y), DOWN)
    hidden = (ROUND.distance(X, Y) < 0.9) & (np.abs(Y - CENTER[1]) > 5)
    assert color[hidden] == pytest.approx(rings[hidden], abs=0.5)
