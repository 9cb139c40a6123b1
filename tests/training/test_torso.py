import numpy as np

from training.synthesis.face_model import weld
from training.synthesis.illumination import vertex_normals
from training.synthesis.torso import torso

NECK = np.array([0.0, 0.0, 80.0])


def test_the_sweater_faces_outward() -> None:
    vertices, triangles, _ = torso()
    normals = vertex_normals(vertices, triangles, weld(vertices))
    below_collar = vertices[:, 1] > 200
    outward = (vertices - NECK) * [1, 0, 1]
    assert np.all((normals * outward).sum(axis=1)[below_collar] > 0)


def test_the_seam_at_the_back_is_closed() -> None:
    vertices, _, cloth = torso()
    np.testing.assert_allclose(vertices[cloth[:, 0] == 0], vertices[cloth[:, 0] == 1], atol=1e-9)
    assert np.all(vertices[cloth[:, 0] == 0][:, 2] > NECK[2])


def test_it_reaches_below_the_picture() -> None:
    vertices, _, _ = torso()
    assert vertices[:, 1].max() > 400
