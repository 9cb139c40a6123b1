import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.geometry.gazemap import IRIS_DEPTH, draw_gaze_maps

SIZE = (96, 64)
RADIUS = 1.1 * 64 / 2
angles = st.floats(-0.6, 0.6)


def iris_of(pitch: float, yaw: float) -> np.ndarray:
    return draw_gaze_maps([[pitch, yaw]], SIZE, eyeball_ratio=1.1)[0, 0].astype(np.float64)


def center(mask: np.ndarray) -> tuple[float, float]:
    y, x = np.mgrid[0 : mask.shape[0], 0 : mask.shape[1]]
    return float((mask * x).sum() / mask.sum() - 47.5), float((mask * y).sum() / mask.sum() - 31.5)


def test_a_straight_gaze_draws_two_discs_in_the_middle():
    iris, eyeball = draw_gaze_maps([[0.0, 0.0]], (128, 128))[0]
    radius = 1.1 * 128 / 2
    assert iris.sum() == pytest.approx(np.pi * (radius / 2) ** 2, rel=0.01)
    assert iris == pytest.approx(iris[::-1, ::-1])
    assert eyeball[64, 64] == 1
    assert eyeball[0, 0] == 0
    assert (iris <= eyeball).all()


@given(pitch=st.floats(0.02, 0.5))
@settings(deadline=None)
def test_positive_pitch_moves_the_iris_up(pitch):
    x, y = center(iris_of(pitch, 0.0))
    assert y == pytest.approx(-IRIS_DEPTH * RADIUS * np.sin(pitch), abs=0.1)
    assert x == pytest.approx(0, abs=1e-6)


@given(yaw=st.floats(0.02, 0.6))
@settings(deadline=None)
def test_positive_yaw_moves_the_iris_to_the_left(yaw):
    x, y = center(iris_of(0.0, yaw))
    assert x == pytest.approx(-IRIS_DEPTH * RADIUS * np.sin(yaw), abs=0.1)
    assert y == pytest.approx(0, abs=1e-6)


@given(pitch=st.floats(-0.4, 0.4), yaw=angles)
@settings(deadline=None)
def test_the_iris_narrows_by_the_cosine_of_the_turn(pitch, yaw):
    disc, seen = iris_of(0.0, 0.0).sum(), iris_of(pitch, yaw).sum()
    assert seen / disc == pytest.approx(np.cos(pitch) * np.cos(yaw), abs=0.02)


def test_it_narrows_along_the_way_it_went():
    iris = iris_of(0.0, 0.6)
    assert iris.max(axis=0).sum() == pytest.approx(RADIUS * np.cos(0.6), abs=1.0)
    assert iris.max(axis=1).sum() == pytest.approx(RADIUS, abs=1.0)


@given(pitch=angles, yaw=angles)
@settings(deadline=None)
def test_maps_stay_between_0_and_1(pitch, yaw):
    maps = draw_gaze_maps([[pitch, yaw]], SIZE)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    assert maps.max() <= 1


def test_an_eye_seen_from_the_side_still_has_a_finite_map():
    assert np.isfinite(draw_gaze_maps([[np.pi / 2, 0.0], [0.0, np.pi / 2]], SIZE)).all()


@pytest.mark.parametrize("shape", [(2,), (3, 3), (1, 2, 2)])
def test_what_is_not_a_list_of_pitch_and_yaw_is_refused(shape):
    with pytest.raises(ValueError, match=r"must be \(N, 2\)"):
        draw_gaze_maps(np.zeros(shape), SIZE)
