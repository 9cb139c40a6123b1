import numpy as np
import pytest
from numpy.typing import NDArray

from tests.faces import CAMERA, Person
from vcam.geometry.angles import angle_between
from vcam.geometry.headpose import MODEL_INDICES, MODEL_MM, rotation_matrix, solve_head_pose
from vcam.geometry.landmarks import LEFT_EYE, RIGHT_EYE

POSES = {
    "frontal": Person(),
    "turned to image left": Person(turn_deg=(0.0, 30.0, 0.0)),
    "turned to image right": Person(turn_deg=(0.0, -30.0, 0.0)),
    "nodding": Person(turn_deg=(20.0, 0.0, 0.0)),
    "tilted": Person(turn_deg=(0.0, 0.0, 25.0)),
    "all at once": Person(turn_deg=(12.0, -18.0, 9.0)),
    "off center": Person(at_mm=(180.0, -90.0, 600.0)),
    "off center and turned": Person(turn_deg=(-10.0, 25.0, 5.0), at_mm=(-200.0, 60.0, 700.0)),
    "near": Person(at_mm=(20.0, 10.0, 300.0)),
    "far": Person(turn_deg=(5.0, 10.0, 0.0), at_mm=(-50.0, 0.0, 1500.0)),
}
everyone = pytest.mark.parametrize("person", POSES.values(), ids=POSES.keys())

Array = NDArray[np.float64]


def rotation_error_deg(found: Array, person: Person) -> float:
    apart = rotation_matrix(found) @ rotation_matrix(np.radians(person.turn_deg)).T
    return float(np.degrees(np.arccos(np.clip((np.trace(apart) - 1) / 2, -1, 1))))


@everyone
def test_a_projected_head_is_found_where_it_is(person):
    rotation, translation = solve_head_pose(person.mesh(), CAMERA)
    assert rotation_error_deg(rotation, person) < 0.1
    assert np.linalg.norm(translation - person.at_mm) < 1.0


@pytest.mark.parametrize("name", ["frontal", "off center and turned"])
def test_landmark_noise_of_a_third_of_a_px_hardly_shakes_the_pose(name):
    person, random = POSES[name], np.random.default_rng(7)
    noisy = [person.mesh() + random.normal(0.0, 0.3, (478, 2)) for _ in range(60)]
    poses = [solve_head_pose(mesh, CAMERA) for mesh in noisy]
    facing = [rotation_matrix(rotation)[:, 2] for rotation, _ in poses]
    wobble_deg = np.degrees(angle_between(facing, np.mean(facing, axis=0)))
    place_mm = np.std([translation for _, translation in poses], axis=0)
    assert np.sqrt(np.mean(wobble_deg**2)) < 0.2
    assert place_mm[:2].max() < 0.3
    assert place_mm[2] < 1.0


def test_only_the_points_of_the_model_count():
    person = POSES["all at once"]
    mesh = person.mesh()
    others = np.setdiff1d(np.arange(478), MODEL_INDICES)
    mesh[others] = 1e4
    assert rotation_error_deg(solve_head_pose(mesh, CAMERA)[0], person) < 0.1


def test_the_model_is_symmetric_and_has_its_origin_midway_between_the_canthi():
    canthi = [index for eye in (LEFT_EYE, RIGHT_EYE) for index in (eye.inner_canthus, eye.outer_canthus)]
    places = MODEL_MM[np.isin(MODEL_INDICES, canthi)]
    assert len(places) == 4
    assert np.mean(places, axis=0) == pytest.approx([0.0, 0.0, 0.0])
    mirrored = {tuple(row) for row in (MODEL_MM * [-1.0, 1.0, 1.0] + 0.0).tolist()}
    assert mirrored == {tuple(row) for row in (MODEL_MM + 0.0).tolist()}


def test_the_subjects_left_eye_lies_to_image_right_of_a_frontal_face():
    mesh = Person().mesh()
    assert mesh[LEFT_EYE.outer_canthus, 0] > mesh[LEFT_EYE.inner_canthus, 0]
    assert mesh[LEFT_EYE.inner_canthus, 0] > mesh[RIGHT_EYE.inner_canthus, 0]


@pytest.mark.parametrize("vector", [(0.0, 0.0, 0.0), (0.3, -0.2, 0.9), (0.0, np.pi / 2, 0.0)])
def test_a_rotation_matrix_turns_about_its_vector_by_its_length(vector):
    matrix = rotation_matrix(vector)
    assert matrix @ matrix.T == pytest.approx(np.eye(3))
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert matrix @ vector == pytest.approx(vector)
    assert np.trace(matrix) == pytest.approx(1 + 2 * np.cos(np.linalg.norm(vector)))
