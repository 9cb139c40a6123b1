from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.faces import FOV_DEG, SIZE, SKIN, Person, draw, frame_of, gaze_deg
from vcam.geometry.landmarks import LEFT_EYE, RIGHT_EYE
from vcam.track import MeshTracker, TrackingSettings
from vcam.types import FaceTrack, Image

Mesh = NDArray[np.float64]

PERSON = Person(looks=gaze_deg(-4, 3))
PICTURE = draw(PERSON.track().eyes)
SKIN_ONLY = np.tile(SKIN.astype(np.uint8), (SIZE[1], SIZE[0], 1))
STILL_NOISE_PX = 0.4


class ScriptedMesh:
    """A face mesh that finds what it is told, frame by frame."""

    def __init__(self, meshes: Iterable[Mesh | None]) -> None:
        self._meshes = iter(meshes)
        self.asked: list[tuple[Image, float]] = []
        self.closed = False

    def find(self, rgb: Image, at_s: float) -> NDArray[np.float32] | None:
        self.asked.append((rgb, at_s))
        mesh = next(self._meshes)
        return None if mesh is None else mesh.astype(np.float32)

    def close(self) -> None:
        self.closed = True


def tracked(meshes: list[Mesh | None], image: Image = PICTURE, fps: float = 30.0) -> list[FaceTrack | None]:
    tracker = MeshTracker(TrackingSettings(fov_deg=FOV_DEG), ScriptedMesh(meshes))
    return [tracker.track(frame_of(image, index, fps)) for index in range(len(meshes))]


def seen(meshes: list[Mesh], image: Image = PICTURE) -> list[FaceTrack]:
    return [track for track in tracked([*meshes], image) if track is not None]


def noisy(mesh: Mesh, count: int) -> list[Mesh]:
    random = np.random.default_rng(11)
    return [mesh + random.normal(0.0, STILL_NOISE_PX, mesh.shape) for _ in range(count)]


def test_the_mesh_is_asked_in_rgb_at_the_time_of_capture():
    mesh = ScriptedMesh([None])
    blue = np.zeros((4, 4, 3), np.uint8)
    blue[..., 0] = 255
    MeshTracker(TrackingSettings(), mesh).track(frame_of(blue, index=3))
    (((rgb, at_s)),) = mesh.asked
    assert rgb[0, 0].tolist() == [0, 0, 255]
    assert at_s == pytest.approx(10.1)


@pytest.mark.parametrize(
    "person",
    [PERSON, Person(turn_deg=(8.0, -15.0, 5.0), at_mm=(90.0, -40.0, 620.0))],
    ids=["frontal", "turned"],
)
def test_a_face_is_described_as_it_is(person):
    (track,) = seen([person.mesh()], draw(person.track().eyes))
    assert np.degrees(track.head_pose.rotation) == pytest.approx(person.turn_deg, abs=0.1)
    assert track.head_pose.translation == pytest.approx(person.at_mm, abs=1.0)
    for eye, truth in zip(track.eyes, person.track().eyes, strict=True):
        assert eye.side == truth.side
        assert eye.inner_canthus == pytest.approx(truth.inner_canthus, abs=0.01)
        assert eye.outer_canthus == pytest.approx(truth.outer_canthus, abs=0.01)
        assert eye.upper_lid == pytest.approx(truth.upper_lid, abs=0.01)
        assert eye.lower_lid == pytest.approx(truth.lower_lid, abs=0.01)


def test_a_still_face_comes_out_stiller_than_the_mesh_finds_it():
    tracks = seen(noisy(PERSON.mesh(), 90))[30:]
    shake = np.std([track.landmarks for track in tracks], axis=0).mean()
    assert shake < 0.6 * STILL_NOISE_PX
    assert len({track.track_id for track in tracks}) == 1


def test_the_iris_is_put_where_the_picture_shows_it_and_not_where_the_mesh_has_it():
    mesh = PERSON.mesh()
    for eye in (LEFT_EYE, RIGHT_EYE):
        mesh[[eye.iris_center, *eye.iris_rim]] += [3.0, -2.0]
    (track,) = seen([mesh])
    for eye, truth in zip(track.eyes, PERSON.track().eyes, strict=True):
        assert eye.iris_center == pytest.approx(truth.iris_center, abs=0.6)
        assert eye.iris_confidence > 0.9


def test_where_the_picture_shows_no_iris_the_mesh_is_taken_without_confidence():
    (track,) = seen([PERSON.mesh()], SKIN_ONLY)
    for eye, truth in zip(track.eyes, PERSON.track().eyes, strict=True):
        assert eye.iris_confidence == 0.0
        assert eye.iris_center == pytest.approx(truth.iris_center, abs=0.05)


def test_the_size_of_the_iris_is_learned_from_the_picture():
    mesh = PERSON.mesh()
    for eye in (LEFT_EYE, RIGHT_EYE):
        mesh[list(eye.iris_rim)] += 0.1 * (mesh[list(eye.iris_rim)] - mesh[eye.iris_center])
    last = seen([mesh] * 60)[-1]
    for eye, truth in zip(last.eyes, PERSON.track().eyes, strict=True):
        assert eye.iris_radius == pytest.approx(truth.iris_radius, rel=0.04)


def test_a_saccade_is_followed_within_two_frames():
    after = replace(PERSON, looks=gaze_deg(-4, 18))
    tracker = MeshTracker(
        TrackingSettings(fov_deg=FOV_DEG), ScriptedMesh([PERSON.mesh()] * 30 + [after.mesh()] * 2)
    )
    pictures = [PICTURE] * 30 + [draw(after.track().eyes)] * 2
    tracks = [tracker.track(frame_of(image, index)) for index, image in enumerate(pictures)]
    start, end = PERSON.eye("left").iris_center[0], after.eye("left").iris_center[0]
    last = tracks[-1]
    assert last is not None
    assert abs(last.left_eye.iris_center[0] - end) < 0.15 * abs(end - start)


def test_a_blink_is_known_in_the_very_frame():
    shut = replace(PERSON, openness=0.05)
    tracks = seen([PERSON.mesh()] * 20 + [shut.mesh(), PERSON.mesh()])
    openness = [track.left_eye.openness for track in tracks]
    open_eye, closed = seen([PERSON.mesh()])[0], seen([shut.mesh()])[0]
    assert openness[-2] == pytest.approx(closed.left_eye.openness)
    assert openness[-1] == pytest.approx(open_eye.left_eye.openness)
    assert openness[-2] < 0.1
    assert openness[-1] > 0.2


def test_a_moving_face_keeps_its_identity():
    meshes = [PERSON.mesh() + np.array([10.0 * step, 0.0]) for step in range(20)]
    assert {track.track_id for track in seen(meshes)} == {1}


def test_a_jump_starts_a_new_track_without_a_trace_of_the_old_one():
    here, there = PERSON.mesh(), Person(at_mm=(200.0, 0.0, 550.0)).mesh()
    first, second = seen([here, there])
    assert second.track_id == first.track_id + 1
    assert second.landmarks == pytest.approx(there, abs=1e-3)


def test_where_there_is_no_face_there_is_no_track_and_the_next_one_is_new():
    found = tracked([PERSON.mesh(), None, None, PERSON.mesh()])
    assert found[1:3] == [None, None]
    first, last = found[0], found[3]
    assert first is not None
    assert last is not None
    assert last.track_id == first.track_id + 1


def test_a_face_near_and_frontal_is_trusted_in_full():
    assert seen([PERSON.mesh()])[0].confidence == 1.0


def test_confidence_falls_with_the_size_of_the_face():
    figures = []
    for distance_mm in (600.0, 1700.0, 2000.0, 3000.0):
        person = Person(at_mm=(0.0, 0.0, distance_mm))
        figures.append(seen([person.mesh()], SKIN_ONLY)[0].confidence)
    assert figures == sorted(figures, reverse=True)
    assert figures[0] == 1.0
    assert 0 < figures[2] < 1
    assert figures[-1] == 0.0


@pytest.mark.parametrize("axis", [0, 1])
def test_confidence_falls_as_the_head_turns_away(axis):
    figures = []
    for turn in (0.0, 30.0, 47.0, 60.0):
        turn_deg = [0.0, 0.0, 0.0]
        turn_deg[axis] = turn
        figures.append(seen([Person(turn_deg=tuple(turn_deg)).mesh()], SKIN_ONLY)[0].confidence)
    assert figures[:2] == [1.0, 1.0]
    assert 0 < figures[2] < 1
    assert figures[3] == 0.0


def test_confidence_falls_where_the_mesh_is_no_face():
    random = np.random.default_rng(2)
    torn = PERSON.mesh() + random.normal(0.0, 25.0, (478, 2))
    assert seen([torn], SKIN_ONLY)[0].confidence < 0.5


@pytest.mark.parametrize("width_px", [5.0, 9.5])
def test_a_face_of_a_few_px_is_described_without_a_fault(width_px):
    person = Person(at_mm=(0.0, 0.0, 27.9 * 1044 / width_px))
    (track,) = seen([person.mesh()], SKIN_ONLY)
    assert track.confidence == 0.0


def test_a_mesh_that_has_collapsed_to_a_few_px_is_no_face():
    person = Person(at_mm=(0.0, 0.0, 27.9 * 1044))
    tracker = MeshTracker(TrackingSettings(), ScriptedMesh([person.mesh().astype(np.float32)]))
    assert tracker.track(frame_of(SKIN_ONLY)) is None


def test_a_face_that_leaves_the_frame_is_described_without_a_fault():
    beyond = PERSON.mesh() + np.array([700.0, 0.0])
    (track,) = seen([beyond], SKIN_ONLY)
    assert track.left_eye.iris_confidence == 0.0


def test_closing_releases_the_mesh():
    mesh = ScriptedMesh([])
    MeshTracker(TrackingSettings(), mesh).close()
    assert mesh.closed
