import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.synthesis.eyes.cornea import IRIS_DEPTH_MM, REFRACTIVE_INDEX, Eyeball, refract

EYE = Eyeball(radius_mm=12.6, limbus_mm=5.8, cornea_mm=7.8, pupil_mm=2.2)
AHEAD = np.array([[0.0, 0.0, 1.0]])


def seen_from_the_front(x: float, y: float) -> tuple[np.ndarray, bool]:
    points, is_iris = EYE.trace(np.array([[x, y, -400.0]]), AHEAD)
    return points[0], bool(is_iris[0])


def test_straight_ahead_lies_the_middle_of_the_iris() -> None:
    point, is_iris = seen_from_the_front(0.0, 0.0)
    assert is_iris
    np.testing.assert_allclose(point, [0, 0, EYE.limbus_z + IRIS_DEPTH_MM], atol=1e-9)


@given(st.floats(0.5, 4.5))
def test_the_cornea_magnifies_the_iris(x: float) -> None:
    point, is_iris = seen_from_the_front(x, 0.0)
    assert is_iris
    assert 0.75 * x < point[0] < 0.98 * x


def test_beside_the_limbus_lies_the_white_of_the_eye() -> None:
    point, is_iris = seen_from_the_front(8.0, 0.0)
    assert not is_iris
    assert np.linalg.norm(point) == pytest.approx(EYE.radius_mm)


def test_a_ray_that_passes_by_meets_nothing() -> None:
    point, is_iris = seen_from_the_front(20.0, 0.0)
    assert not is_iris
    assert np.isnan(point).all()


def test_the_limbus_lies_on_the_ball_and_on_the_cornea() -> None:
    ring = EYE.limbus(12)
    np.testing.assert_allclose(np.linalg.norm(ring, axis=1), EYE.radius_mm)
    np.testing.assert_allclose(np.linalg.norm(ring - [0, 0, EYE.cornea_center_z], axis=1), EYE.cornea_mm)


@given(st.floats(0.0, 1.4))
def test_refraction_obeys_snells_law(angle: float) -> None:
    ray = np.array([[np.sin(angle), 0.0, np.cos(angle)]])
    inside = refract(ray, np.array([[0.0, 0.0, -1.0]]), 1 / REFRACTIVE_INDEX)
    assert inside[0, 0] * REFRACTIVE_INDEX == pytest.approx(np.sin(angle))
    assert np.linalg.norm(inside) == pytest.approx(1.0)
