from pathlib import Path

import cv2
import numpy as np
import pytest

from training.data import open_pairs, open_pictures
from training.data.columbia import (
    ColumbiaPairs,
    ColumbiaPatches,
    Label,
    all_labels,
    published_head_scale,
    published_scale,
)
from training.data.columbia_crops import Points, check_vertical_sign, crop, crop_all, photographs
from training.data.errors import DataError
from vcam.geometry.angles import vector_from_pitch_yaw

ROUND = np.array([[170, 100], [150, 80], [120, 80], [100, 100], [120, 120], [150, 120]], float)
"""Six points of a left eye 70 px wide, outer canthus first."""


def write_patches(folder: Path, labels: list[Label], size: int = 64) -> Path:
    for number, label in enumerate(labels):
        folder.mkdir(parents=True, exist_ok=True)
        picture = np.full((size, size, 3), number % 250, np.uint8)
        cv2.imwrite(str(folder / label.file), picture, [cv2.IMWRITE_JPEG_QUALITY, 100])
    return folder


def of(*subjects: int) -> list[Label]:
    return [label for label in all_labels() if label.subject in subjects and label.head_deg == -15]


@pytest.mark.parametrize(
    ("name", "pitch_deg", "yaw_deg", "right", "down"),
    [
        ("0001_2m_0P_0V_0H_L.jpg", 0, 0, 0, 0),
        ("0001_2m_0P_10V_0H_L.jpg", 10, 0, 0, -1),  # up
        ("0001_2m_0P_-10V_0H_R.jpg", -10, 0, 0, 1),  # down
        ("0001_2m_0P_0V_15H_L.jpg", 0, -15, 1, 0),  # to image right: the left eye looks to the temple
        ("0001_2m_0P_0V_15H_R.jpg", 0, 15, -1, 0),  # and the mirrored right eye to the nose
        ("0001_2m_30P_0V_-15H_L.jpg", 0, 15, -1, 0),  # against the camera's ray, so the head changes nothing
    ],
)
def test_a_name_says_where_the_eye_looks_in_the_patch(
    name: str, pitch_deg: int, yaw_deg: int, right: int, down: int
) -> None:
    gaze = Label.of_patch(name).gaze
    np.testing.assert_allclose(np.rad2deg(gaze), (pitch_deg, yaw_deg), atol=1e-5)
    np.testing.assert_allclose(np.sign(np.round(vector_from_pitch_yaw(*gaze)[:2], 6)), (right, down))


def test_the_head_turns_the_other_way_in_the_mirrored_patch() -> None:
    heads = [Label.of_patch(f"0007_2m_30P_0V_0H_{side}.jpg").head for side in "LR"]
    np.testing.assert_allclose(np.rad2deg(heads), [(0, -30), (0, 30)], atol=1e-5)


def test_the_published_scale_reaches_from_minus_one_to_one() -> None:
    gazes = np.array([label.gaze for label in of(1)])
    assert published_scale(gazes).min(0) == pytest.approx([-1, -1])
    assert published_scale(gazes).max(0) == pytest.approx([1, 1])
    assert published_head_scale(Label.of_patch("0007_2m_30P_0V_0H_R.jpg").head[1:]) == pytest.approx([1])


def test_names_survive_reading_and_writing() -> None:
    labels = list(all_labels())
    assert len(labels) == 5880 * 2
    assert [Label.of_patch(label.file) for label in labels] == labels


def test_the_complete_set_gives_the_published_numbers_of_pairs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    paths = [tmp_path / label.file for label in all_labels()]
    monkeypatch.setattr(Path, "rglob", lambda _self, _pattern: iter(paths))
    counts = {
        split: len(ColumbiaPairs(ColumbiaPatches(tmp_path, split))) for split in ("train", "test", "all")
    }
    assert counts == {"train": 220_500, "test": 26_460, "all": 246_960}


def test_subjects_of_the_test_are_51_to_56(tmp_path: Path) -> None:
    folder = write_patches(tmp_path, of(50, 51))
    assert open_pairs(folder, "train").people == ("0050",)
    assert open_pairs(folder, "test").people == ("0051",)
    assert len(open_pictures(folder, "test")) == 42


def test_pairs_stay_inside_of_subject_head_pose_and_eye(tmp_path: Path) -> None:
    pairs = ColumbiaPairs(ColumbiaPatches(write_patches(tmp_path, of(1, 2))))
    seen = [pairs.labels(k) for k in range(len(pairs))]
    assert len(set(seen)) == len(seen) == 4 * 441
    assert all(source.group == target.group for source, target in seen)
    sample, (source, target) = pairs[500], seen[500]
    assert np.array_equal(sample.target_gaze, target.gaze)
    assert np.array_equal(sample.source, pairs.patches.image(source))


def test_larger_patches_are_resized(tmp_path: Path) -> None:
    assert open_pictures(write_patches(tmp_path, of(1)[:2], size=90))[0].image.shape == (64, 64, 3)


@pytest.mark.parametrize(
    "name", ["0001_2m_0P_0V_0H.jpg", "0057_2m_0P_0V_0H_L.jpg", "0001_2m_0P_5V_0H_L.jpg", "face.jpg"]
)
def test_the_first_file_that_does_not_belong_is_named(tmp_path: Path, name: str) -> None:
    folder = write_patches(tmp_path, of(1)[:3])
    (folder / name).write_bytes(b"")
    with pytest.raises(DataError, match=rf"{name}: not a patch of ColumbiaGaze"):
        open_pairs(folder)


def test_a_damaged_patch_is_named_when_it_is_read(tmp_path: Path) -> None:
    folder = write_patches(tmp_path, of(1)[:3])
    path = folder / of(1)[1].file
    path.write_bytes(b"no picture")
    with pytest.raises(DataError, match=path.name):
        [open_pictures(folder)[k] for k in range(3)]


def test_an_empty_folder_is_no_data_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no patches; expected ID_2m_"):
        open_pairs(tmp_path)


def test_the_crop_is_the_square_about_the_circle_of_the_six_points() -> None:
    ramp = np.stack(np.broadcast_arrays(*np.mgrid[0:200, 0:280], 7), axis=-1).clip(0, 255).astype(np.uint8)
    patch, canthi = crop(ramp, ROUND, "L")
    # the circle has center (135, 100) and radius 35, so the square reaches int(1.7 * 35) = 59 px
    assert patch.shape == (64, 64, 3)
    np.testing.assert_allclose(patch[:, :, 1].mean(), 135, atol=0.6)
    np.testing.assert_allclose(np.ptp(patch[:, :, 1].astype(float)), 118 * 63 / 64, atol=2)
    np.testing.assert_allclose(
        canthi[:, 0], (np.array([100 - 76, 170 - 76]) + 0.5) * 64 / 119 - 0.5, atol=0.6
    )
    assert canthi[0, 0] < canthi[1, 0]


def test_the_right_eye_is_mirrored_so_that_its_inner_canthus_is_left_too() -> None:
    photo = np.random.default_rng(0).integers(0, 255, (200, 280, 3), dtype=np.uint8)
    mirrored = np.ascontiguousarray(photo[:, ::-1])
    six = ROUND * (-1, 1) + (279, 0)
    left, right = crop(photo, ROUND, "L"), crop(mirrored, six, "R")
    # the center is rounded down in both, so the squares are one px apart
    assert right[1][0, 0] < right[1][1, 0]
    np.testing.assert_allclose(left[1], right[1], atol=1.1 * 64 / 119)


def test_a_crop_that_leaves_the_photograph_repeats_its_border() -> None:
    photo = np.full((140, 180, 3), 80, np.uint8)
    assert crop(photo, ROUND, "L")[0].min() >= 79


class Found:
    """Landmarks known beforehand, with lids that open for a higher gaze."""

    def __init__(self, upward: int = 1) -> None:
        self.upward, self.calls = upward, 0

    def find(self, photo: np.ndarray) -> Points:
        self.calls += 1
        vertical = (int(photo[0, 0, 0]) - 100) / 10  # told by the color
        lids = np.array([0, -1, -1, 0, 1, 1])[:, None] * (0, 4 * self.upward * vertical)
        return {"L": ROUND + lids, "R": ROUND + lids + (0.5, 0)}


def write_photos(folder: Path) -> dict[tuple[int, int, int, int], Path]:
    photos = {}
    for vertical in (-10, 0, 10):
        path = folder / f"0001_2m_0P_{vertical}V_0H.jpg"
        cv2.imwrite(str(path), np.full((200, 280, 3), 100 + vertical, np.uint8))
        photos[1, 0, vertical, 0] = path
    return photos


def test_crops_are_a_folder_that_training_reads(tmp_path: Path) -> None:
    assert len(list(crop_all(write_photos(tmp_path), tmp_path / "out", Found()))) == 3
    pictures = open_pictures(tmp_path / "out")
    assert len(pictures) == 6
    assert pictures[0].canthi[0, 0] == pytest.approx(12.9, abs=1)
    assert len((tmp_path / "out" / "canthi.csv").read_text().splitlines()) == 7


def test_landmarks_are_searched_once(tmp_path: Path) -> None:
    photos, found = write_photos(tmp_path), Found()
    for _ in range(2):
        list(crop_all(photos, tmp_path / "out", found))
    assert found.calls == 3


def test_a_set_whose_vertical_angle_points_down_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="V is positive downward"):
        list(crop_all(write_photos(tmp_path), tmp_path / "out", Found(upward=-1)))


def test_one_vertical_angle_says_nothing_about_signs() -> None:
    check_vertical_sign([(0, 0.3), (0, 0.2)])


def test_the_first_missing_photograph_is_named(tmp_path: Path) -> None:
    (tmp_path / "0001").mkdir()
    (tmp_path / "0001" / "0001_2m_-30P_-10V_-15H.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"0001_2m_-30P_-10V_-10H\.jpg: no such photograph"):
        photographs(tmp_path)


def test_a_photograph_in_the_wrong_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "0002").mkdir()
    (tmp_path / "0002" / "0001_2m_0P_0V_0H.jpg").write_bytes(b"")
    with pytest.raises(DataError, match=r"0001_2m_0P_0V_0H\.jpg: expected NNNN/"):
        photographs(tmp_path)
