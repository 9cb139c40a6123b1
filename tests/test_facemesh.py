from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from vcam.errors import ConfigError
from vcam.facemesh import Box, HeldFaceMesh, choose_face, open_face_mesh
from vcam.types import Image

SMALL: Box = (0.0, 0.0, 20.0, 20.0)
LARGE: Box = (100.0, 20.0, 150.0, 70.0)
PICTURE = np.full((100, 200, 3), 200, np.uint8)


def points_in(box: Box) -> np.ndarray:
    middle = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    return (middle + np.array([[-3, -3], [3, -3], [0, 6]])).astype(np.float32)


class Solutions:
    """What MediaPipe offers, scripted: detected boxes, and whether the mesh finds the face it is shown."""

    def __init__(self) -> None:
        self.boxes: list[Box] = [SMALL, LARGE]
        self.finds = True
        self.views: list[Image] = []
        self.detections = self.closed = 0
        self.face_mesh = SimpleNamespace(
            FaceMesh=lambda **_: SimpleNamespace(process=self._mesh, close=self._close)
        )
        self.face_detection = SimpleNamespace(
            FaceDetection=lambda **_: SimpleNamespace(process=self._detect, close=self._close)
        )

    def _detect(self, rgb: Image) -> SimpleNamespace:
        self.detections += 1
        height, width = rgb.shape[:2]
        boxes = [
            SimpleNamespace(
                xmin=x0 / width, ymin=y0 / height, width=(x1 - x0) / width, height=(y1 - y0) / height
            )
            for x0, y0, x1, y1 in self.boxes
        ]
        found = [SimpleNamespace(location_data=SimpleNamespace(relative_bounding_box=b)) for b in boxes]
        return SimpleNamespace(detections=found or None)

    def _mesh(self, view: Image) -> SimpleNamespace:
        self.views.append(view)
        landmarks = [SimpleNamespace(x=0.6, y=0.5), SimpleNamespace(x=0.7, y=0.25)]
        faces = [SimpleNamespace(landmark=landmarks)] if self.finds else None
        return SimpleNamespace(multi_face_landmarks=faces)

    def _close(self) -> None:
        self.closed += 1


@pytest.fixture
def solutions(monkeypatch) -> Solutions:
    scripted = Solutions()
    monkeypatch.setattr("vcam.facemesh._solutions", lambda: scripted)
    return scripted


def test_the_first_face_is_the_largest():
    assert choose_face([SMALL, LARGE], None) == LARGE
    assert choose_face([LARGE, SMALL], None) == LARGE


def test_the_face_that_was_followed_is_kept_although_another_is_larger():
    assert choose_face([SMALL, LARGE], points_in(SMALL)) == SMALL


def test_when_the_followed_face_is_gone_the_largest_is_next():
    assert choose_face([SMALL, LARGE], points_in((60.0, 80.0, 70.0, 90.0))) == LARGE


def test_of_two_boxes_around_the_followed_face_the_larger_is_taken():
    around = (-10.0, -10.0, 40.0, 40.0)
    assert choose_face([SMALL, around, LARGE], points_in(SMALL)) == around


@pytest.mark.usefixtures("solutions")
def test_mesh_points_are_px_with_pixel_centers_at_integers():
    found = HeldFaceMesh().find(PICTURE, 0.0)
    assert found is not None
    assert found == pytest.approx(np.array([[119.5, 49.5], [139.5, 24.5]]), abs=1e-4)


def test_the_other_face_is_blacked_out_where_the_mesh_makes_its_choice(solutions):
    HeldFaceMesh().find(PICTURE, 0.0)
    (view,) = solutions.views
    assert not view[:20, :20].any()
    assert (view[20:70, 100:150] == 200).all()
    assert (PICTURE == 200).all()


def test_a_chosen_face_close_to_the_other_is_not_blacked_out_itself(solutions):
    solutions.boxes = [(70.0, 20.0, 98.0, 48.0), LARGE]
    HeldFaceMesh().find(PICTURE, 0.0)
    (view,) = solutions.views
    assert (view[20:70, 100:150] == 200).all()
    assert not view[20:40, 66:74].any()


def test_a_face_alone_is_searched_in_the_picture_itself(solutions):
    solutions.boxes = [LARGE]
    HeldFaceMesh().find(PICTURE, 0.0)
    assert solutions.views[0] is PICTURE


def test_a_held_face_needs_no_detection(solutions):
    mesh = HeldFaceMesh()
    for index in range(5):
        mesh.find(PICTURE, index / 30)
    assert solutions.detections == 1
    assert all(view is PICTURE for view in solutions.views[1:])


def test_a_lost_face_is_chosen_anew_by_where_it_was(solutions):
    mesh = HeldFaceMesh()
    mesh.find(PICTURE, 0.0)  # in LARGE
    solutions.finds = False
    assert mesh.find(PICTURE, 0.1) is None
    solutions.finds, solutions.boxes = True, [(0.0, 0.0, 80.0, 80.0), LARGE]
    mesh.find(PICTURE, 0.2)
    assert (solutions.views[-1][20:70, 100:150] == 200).all()
    assert not solutions.views[-1][0:70, 0:70].any()


def test_without_a_detected_face_the_mesh_is_not_asked(solutions):
    solutions.boxes = []
    assert HeldFaceMesh().find(PICTURE, 0.0) is None
    assert solutions.views == []


def test_closing_releases_both_models(solutions):
    HeldFaceMesh().close()
    assert solutions.closed == 2


def test_a_missing_task_file_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"tracking\.model: expected .*absent\.task: no such file"):
        open_face_mesh(tmp_path / "absent.task")
