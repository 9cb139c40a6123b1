from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faces import Person, gaze_deg
from vcam.geometry.headpose import rotation_matrix
from vcam.geometry.patch import eye_to_frame
from vcam.geometry.patchgaze import camera_to_patch, gaze_from_patch, gaze_to_patch, head_to_patch
from vcam.types import Gaze, Side

coordinates = st.floats(-400, 400)
angles = st.floats(-1.2, 1.2)
canthi = st.tuples(st.floats(0, 1280), st.floats(0, 720), st.floats(0, 2 * np.pi), st.floats(5, 300))
PLACES = [(0, 0, 550), (180, 0, 600), (-180, 40, 600), (0, -140, 450), (90, 120, 700)]
ROLLS = [-40, -15, 0, 15, 40]


def axes_of(person: Person, side: Side) -> np.ndarray:
    eye = person.eye(side)
    to_frame = eye_to_frame(eye.inner_canthus, eye.outer_canthus, mirrored=side == "right")
    return camera_to_patch(person.eyeball(side), to_frame)


def in_patch_deg(person: Person, side: Side, gaze: Gaze) -> np.ndarray:
    return np.degrees(gaze_to_patch(axes_of(person, side), (gaze.pitch, gaze.yaw)))


@given(x=coordinates, y=coordinates, z=st.floats(100, 2000), corners=canthi, mirrored=st.booleans())
def test_the_patch_axes_are_orthogonal_and_a_mirrored_eye_is_mirrored(x, y, z, corners, mirrored):
    left, top, roll, width = corners
    outer = (left + width * np.cos(roll), top + width * np.sin(roll))
    matrix = camera_to_patch((x, y, z), eye_to_frame((left, top), outer, mirrored=mirrored))
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(matrix) == pytest.approx(-1 if mirrored else 1)


@given(
    x=coordinates,
    y=coordinates,
    corners=canthi,
    mirrored=st.booleans(),
    gaze=st.lists(st.tuples(angles, angles), min_size=1, max_size=4),
)
def test_a_gaze_survives_the_way_into_the_patch_and_back(x, y, corners, mirrored, gaze):
    left, top, roll, width = corners
    outer = (left + width * np.cos(roll), top + width * np.sin(roll))
    matrix = camera_to_patch((x, y, 500.0), eye_to_frame((left, top), outer, mirrored=mirrored))
    assert gaze_from_patch(matrix, gaze_to_patch(matrix, gaze)) == pytest.approx(np.array(gaze), abs=1e-9)


@pytest.mark.parametrize("at_mm", PLACES)
@pytest.mark.parametrize("turn_deg", [(0, 0, 0), (0, 20, 0), (-12, 5, 25)])
@pytest.mark.parametrize("side", ["left", "right"])
def test_an_eye_that_looks_into_the_lens_has_the_angles_0_0_wherever_it_is(at_mm, turn_deg, side):
    person = Person(at_mm=at_mm, turn_deg=turn_deg)
    assert in_patch_deg(person, side, person.lens_gaze(side)) == pytest.approx([0, 0], abs=1e-6)


@pytest.mark.parametrize("at_mm", PLACES)
def test_both_eyes_turn_toward_the_nose_with_positive_yaw(at_mm):
    person = Person(at_mm=at_mm)
    for side, toward_nose in (("left", 10.0), ("right", -10.0)):
        lens = person.lens_gaze(side)
        gaze = Gaze(lens.pitch, lens.yaw + np.radians(toward_nose))
        pitch, yaw = in_patch_deg(person, side, gaze)
        assert yaw == pytest.approx(10.0, abs=0.5)
        assert pitch == pytest.approx(0.0, abs=2.0)  # perspective tilts an eye that is off the axis


@pytest.mark.parametrize("side", ["left", "right"])
def test_an_eye_that_looks_up_has_positive_pitch(side):
    pitch, yaw = in_patch_deg(Person(), side, gaze_deg(12.0, 0.0))
    assert pitch == pytest.approx(12.0, abs=0.5)
    assert abs(yaw) < 5.0


@pytest.mark.parametrize("roll_deg", ROLLS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_rolled_head_sees_its_gaze_as_an_upright_one_does(roll_deg, side):
    upright = Person()
    rolled = replace(upright, turn_deg=(0.0, 0.0, roll_deg))
    turn = rotation_matrix(np.radians((0.0, 0.0, roll_deg)))
    for way in ((-15.0, 0.0), (0.0, 12.0), (8.0, -8.0)):
        seen = in_patch_deg(upright, side, gaze_deg(*way))
        found = in_patch_deg(rolled, side, _angles_of(turn @ _vector(gaze_deg(*way))))
        assert found == pytest.approx(seen, abs=0.6)


def _vector(gaze: Gaze) -> np.ndarray:
    p, y = gaze.pitch, gaze.yaw
    return -np.array([np.cos(p) * np.sin(y), np.sin(p), np.cos(p) * np.cos(y)])


def _angles_of(vector: np.ndarray) -> Gaze:
    return Gaze(float(np.arcsin(-vector[1])), float(np.arctan2(-vector[0], -vector[2])))


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_face_that_points_into_the_lens_has_head_angles_near_0_0(side):
    person = Person()
    found = np.degrees(head_to_patch(axes_of(person, side), np.eye(3)))
    # the eye is not in the middle of the face, so the lens is seen from it a little aside
    assert found == pytest.approx([0, 0], abs=4.0)


def test_a_face_turned_to_image_left_points_toward_the_left_eyes_nose_and_away_from_the_right_ones():
    turned = Person(turn_deg=(0.0, 20.0, 0.0))
    head = rotation_matrix(np.radians(turned.turn_deg))
    facing_x = -head[0, 2]
    assert facing_x < 0  # image left
    left, right = (np.degrees(head_to_patch(axes_of(turned, s), head))[1] for s in ("left", "right"))
    assert left == pytest.approx(20, abs=5)
    assert right == pytest.approx(-20, abs=5)


def test_both_eyes_at_once_give_what_each_gives_alone():
    person = Person(at_mm=(60, -30, 500), turn_deg=(5, -8, 12))
    both = np.stack([axes_of(person, "left"), axes_of(person, "right")])
    gaze = np.array([[0.1, -0.2], [-0.15, 0.05]])
    found = gaze_to_patch(both, gaze)
    for index in (0, 1):
        assert found[index] == pytest.approx(gaze_to_patch(both[index], gaze[index]))


def test_a_ray_without_length_is_refused():
    with pytest.raises(ValueError, match="no length"):
        camera_to_patch((0, 0, 0), np.eye(2, 3))
