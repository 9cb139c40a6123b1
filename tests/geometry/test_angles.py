import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.geometry.angles import angle_between, pitch_yaw_from_vector, vector_from_pitch_yaw

CONVENTIONS = Path(__file__).parents[2] / "docs" / "conventions.md"

ROOT_3 = np.sqrt(3.0)
NAMED = {
    "the lens": ((0, 0), (0, 0, -1)),
    "up": ((30, 0), (0, -1 / 2, -ROOT_3 / 2)),
    "down": ((-30, 0), (0, 1 / 2, -ROOT_3 / 2)),
    "image left": ((0, 30), (-1 / 2, 0, -ROOT_3 / 2)),
    "image right": ((0, -30), (1 / 2, 0, -ROOT_3 / 2)),
}

# up to where yaw loses its meaning
pitches = st.floats(-1.5, 1.5)
yaws = st.floats(-3.1, 3.1)


@pytest.mark.parametrize(("degrees", "vector"), NAMED.values(), ids=NAMED.keys())
def test_the_five_named_directions(degrees, vector):
    pitch, yaw = np.radians(degrees)
    assert vector_from_pitch_yaw(pitch, yaw) == pytest.approx(vector)
    assert pitch_yaw_from_vector(vector) == pytest.approx((pitch, yaw))


def test_pitch_and_yaw_together_tilt_the_yawed_direction():
    pitch, yaw = np.radians([30.0, 60.0])
    assert vector_from_pitch_yaw(pitch, yaw) == pytest.approx([-3 / 4, -1 / 2, -ROOT_3 / 4])


def test_the_documented_table_is_what_the_code_does():
    rows = re.findall(
        r"^\|[^|]+\|" + r"\s*(-?\d+)\s*\|" * 5 + "$", CONVENTIONS.read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) == 5
    for pitch_deg, yaw_deg, *vector in np.array(rows, np.float64):
        found = vector_from_pitch_yaw(np.radians(pitch_deg), np.radians(yaw_deg))
        assert found == pytest.approx(vector, abs=1e-12)


def test_the_documented_formula_is_what_the_code_does():
    formula = "v = -(cos p sin y, sin p, cos p cos y)"
    assert formula in CONVENTIONS.read_text("utf-8")
    p, y = 0.3, -0.7
    by_hand = [-np.cos(p) * np.sin(y), -np.sin(p), -np.cos(p) * np.cos(y)]
    assert vector_from_pitch_yaw(p, y) == pytest.approx(by_hand)


@settings(deadline=None)
@given(pitch=pitches, yaw=yaws)
def test_angles_survive_the_way_through_a_vector(pitch, yaw):
    back = pitch_yaw_from_vector(vector_from_pitch_yaw(pitch, yaw))
    assert back == pytest.approx((pitch, yaw), abs=1e-9)


@settings(deadline=None)
@given(pitch=pitches, yaw=yaws, length=st.floats(1e-3, 1e6))
def test_the_length_of_a_vector_does_not_matter(pitch, yaw, length):
    vector = vector_from_pitch_yaw(pitch, yaw)
    assert np.linalg.norm(vector) == pytest.approx(1.0)
    assert pitch_yaw_from_vector(vector * length) == pytest.approx((pitch, yaw), abs=1e-9)


@settings(deadline=None)
@given(pitch=pitches, yaw=yaws)
def test_a_mirrored_picture_negates_yaw_and_nothing_else(pitch, yaw):
    mirrored = vector_from_pitch_yaw(pitch, yaw) * [-1.0, 1.0, 1.0]
    assert mirrored == pytest.approx(vector_from_pitch_yaw(pitch, -yaw))


def test_many_angles_at_once_give_many_vectors():
    pitch, yaw = np.zeros((4, 1)), np.linspace(-1.0, 1.0, 5)
    vectors = vector_from_pitch_yaw(pitch, yaw)
    assert (vectors.shape, vectors.dtype) == ((4, 5, 3), np.float64)
    back_pitch, back_yaw = pitch_yaw_from_vector(vectors)
    assert back_pitch == pytest.approx(np.zeros((4, 5)))
    assert back_yaw == pytest.approx(np.broadcast_to(yaw, (4, 5)))


@pytest.mark.parametrize("angle", [1e-9, 1e-4, 0.5, np.pi / 2, 3.0, np.pi])
def test_the_angle_between_is_exact_from_tiny_to_opposite(angle):
    a = np.array([0.0, 0.0, -2.0])
    b = 5.0 * vector_from_pitch_yaw(0.0, angle)
    assert angle_between(a, b) == pytest.approx(angle, rel=1e-9)


@settings(deadline=None)
@given(pitch=pitches, yaw=yaws, other_pitch=pitches, other_yaw=yaws)
def test_the_angle_between_is_symmetric_and_that_of_the_scalar_product(pitch, yaw, other_pitch, other_yaw):
    a, b = vector_from_pitch_yaw(pitch, yaw), vector_from_pitch_yaw(other_pitch, other_yaw)
    assert angle_between(a, b) == pytest.approx(angle_between(b, a))
    assert np.cos(angle_between(a, b)) == pytest.approx(a @ b, abs=1e-12)


def test_a_turn_in_pitch_or_in_yaw_alone_is_the_angle_between():
    lens = vector_from_pitch_yaw(0.0, 0.0)
    assert angle_between(lens, vector_from_pitch_yaw(0.2, 0.0)) == pytest.approx(0.2)
    assert angle_between(lens, vector_from_pitch_yaw(0.0, -0.2)) == pytest.approx(0.2)
