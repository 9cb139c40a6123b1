import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.training.data.eyes import BLINK, GAZES, make_arrays
from training.data import open_pairs, open_pictures
from training.data.errors import DataError
from training.data.npz import map_arrays
from training.data.rendered import RenderedPairs
from training.data.shards import EyeShards


@pytest.fixture
def copy(shards: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(shards, tmp_path / "copy"))


def change_index(folder: Path, **changes: object) -> None:
    path = folder / "index.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rewrite(folder: Path, name: str, array: np.ndarray | None) -> None:
    path = folder / "eyes-00001.npz"
    arrays = {key: np.array(value) for key, value in map_arrays(path).items()}
    arrays.pop(name)
    np.savez(path, **arrays, **({} if array is None else {name: array}))


def test_mapped_arrays_equal_the_saved_ones(tmp_path: Path) -> None:
    saved = make_arrays(2, np.random.default_rng(5)) | {
        "column_major": np.asfortranarray(np.eye(3)),
        "none": np.zeros((0, 2)),
    }
    np.savez(tmp_path / "a.npz", **saved)
    mapped = map_arrays(tmp_path / "a.npz")
    assert mapped.keys() == saved.keys()
    for name, array in saved.items():
        assert mapped[name].dtype == array.dtype
        assert np.array_equal(mapped[name], array)


def test_mapped_arrays_cannot_be_written(shards: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        map_arrays(shards / "eyes-00000.npz")["gaze"][0] = 1


def test_splits_share_no_person(shards: Path) -> None:
    assert open_pairs(shards, "train").people == ("f01", "m02")
    assert open_pairs(shards, "test").people == ("f05",)
    assert open_pictures(shards, "all").people == ("f01", "f05", "m02")


def test_every_picture_is_read_once_with_its_own_labels(shards: Path) -> None:
    pictures = open_pictures(shards, "all")
    stored = [map_arrays(shards / f"eyes-0000{k}.npz") for k in (0, 1)]
    assert len(pictures) == sum(a["gaze"].shape[0] * a["gaze"].shape[1] for a in stored)
    last = pictures[len(pictures) - 1]
    assert np.array_equal(last.image, stored[1]["images"][-1, -1])
    assert np.array_equal(last.gaze, GAZES[-1])
    assert np.array_equal(last.head, stored[1]["head"][-1])


def test_pairs_have_the_flow_that_belongs_to_them(shards: Path) -> None:
    pairs = open_pairs(shards)
    for k in range(len(pairs)):
        pair = pairs[k]
        assert pair.flow is not None
        still = np.array_equal(pair.source, pair.target)
        assert (np.abs(pair.flow).max() == 0) == still


def test_an_open_eye_is_never_asked_to_close(shards: Path) -> None:
    pairs = open_pairs(shards)
    assert not any(p.openness[0] > 0.1 > p.openness[1] for p in (pairs[k] for k in range(len(pairs))))


def test_a_closed_eye_stays_as_it_is_whatever_gaze_is_asked(shards: Path) -> None:
    scene = EyeShards(shards)[0]
    pairs = RenderedPairs(EyeShards(shards))
    closed = [p for p in (pairs[k] for k in range(13)) if p.leave_alone]
    assert len(closed) == len(GAZES)
    assert {tuple(p.target_gaze) for p in closed} == {tuple(g) for g in GAZES}
    for pair in closed:
        assert pair.source is pair.target
        assert np.array_equal(pair.source, scene["images"][int(np.argmax(BLINK))])


def test_shards_travel_to_another_process_without_their_content(shards: Path) -> None:
    pairs = open_pairs(shards)
    sent = pickle.dumps(pairs)
    assert len(sent) < 20_000
    assert np.array_equal(pickle.loads(sent)[3].target, pairs[3].target)


def test_undamaged_shards_verify(shards: Path) -> None:
    EyeShards(shards).verify()


def test_a_changed_byte_is_found_by_its_digest(copy: Path) -> None:
    path = copy / "eyes-00001.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"eyes-00001\.npz: SHA-256"):
        EyeShards(copy).verify()


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere: no such folder"):
        open_pairs(tmp_path / "nowhere")


def test_a_missing_shard_is_named(copy: Path) -> None:
    (copy / "eyes-00001.npz").unlink()
    with pytest.raises(DataError, match=r"eyes-00001\.npz: cannot read the shard"):
        EyeShards(copy)


def test_a_shard_that_is_cut_off_is_named(copy: Path) -> None:
    path = copy / "eyes-00001.npz"
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match=r"eyes-00001\.npz: .*no complete \.npz"):
        EyeShards(copy)


def test_a_compressed_shard_is_refused(copy: Path) -> None:
    path = copy / "eyes-00001.npz"
    arrays = {key: np.array(value) for key, value in map_arrays(path).items()}
    np.savez_compressed(path, **arrays)
    with pytest.raises(DataError, match="is compressed"):
        EyeShards(copy)


def test_a_missing_array_is_named(copy: Path) -> None:
    rewrite(copy, "head", None)
    with pytest.raises(DataError, match=r"eyes-00001\.npz: no array 'head'"):
        EyeShards(copy)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("gaze", np.zeros((3, 4, 3), np.float32)),
        ("gaze", np.zeros((3, 4, 2))),
        ("images", np.zeros((3, 4, 64, 96, 3), np.uint8)),
        ("blink", np.zeros((3, 5), np.float32)),
    ],
)
def test_an_array_of_another_shape_or_type_is_named(copy: Path, name: str, array: np.ndarray) -> None:
    rewrite(copy, name, array)
    with pytest.raises(DataError, match=rf"eyes-00001\.npz: {name}: expected \(3, "):
        EyeShards(copy)


def test_a_person_whom_the_index_does_not_know_is_refused(copy: Path) -> None:
    rewrite(copy, "person", np.array([0, 1, 7], np.int16))
    with pytest.raises(DataError, match=r"person: expected 0 to 2"):
        EyeShards(copy)


def test_another_version_is_refused(copy: Path) -> None:
    change_index(copy, version=2)
    with pytest.raises(DataError, match=r"index\.json: expected format 'gazecam-eyes' version 1, got .* 2"):
        EyeShards(copy)


def test_an_index_that_is_no_json_is_refused(copy: Path) -> None:
    (copy / "index.json").write_text("{")
    with pytest.raises(DataError, match=r"index\.json: not valid JSON"):
        EyeShards(copy)


def test_a_split_without_scenes_is_refused(copy: Path) -> None:
    change_index(copy, people=[{"name": n, "split": "train"} for n in ("f01", "m02", "f05")])
    with pytest.raises(DataError, match="no scene of split 'test'"):
        open_pairs(copy, "test")


def test_pairs_toward_the_lens_are_repeated_and_no_others(shards):
    once, often = open_pairs(shards), open_pairs(shards, lens_copies=4)

    def near(pairs) -> list[bool]:
        return [float(np.hypot(*pairs[i].target_gaze)) < np.radians(5.0) for i in range(len(pairs))]

    assert sum(near(often)) == 4 * sum(near(once)) > 0
    assert len(often) - sum(near(often)) == len(once) - sum(near(once)) > 0
