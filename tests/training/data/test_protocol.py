import collections
import json
from pathlib import Path

import numpy as np
import pytest

from tests.training.data import eyes
from training.data.errors import DataError
from training.data.protocol import GAZES_DEG, HEAD_YAWS_DEG, POSES_DEG, ProtocolPairs, scenes
from training.data.shards import EyeShards
from training.metrics import GROUPS_DEG, merged_ten

COUNTS = [21, 36, 58, 72, 72, 68, 50, 32, 20, 8, 4]


def write(folder: Path, gazes: np.ndarray, head_yaws: list[float]) -> EyeShards:
    """Small pictures: the protocol looks at labels alone."""
    folder.mkdir()
    count, n = len(head_yaws), len(gazes)
    arrays = {
        "images": np.zeros((count, n, 12, 16, 3), np.uint8),
        "eye_mask": np.zeros((count, n, 12, 16), np.uint8),
        "gaze": np.tile(gazes.astype(np.float32), (count, 1, 1)),
        "axis": np.zeros((count, n, 2), np.float32),
        "head": np.array([(0.0, yaw) for yaw in head_yaws], np.float32),
        "canthi": np.tile(eyes.CANTHI / 10, (count, 1, 1)),
        "openness": np.ones((count, n), np.float32),
        "iris": np.zeros((count, n, 5), np.float32),
        "lids": np.zeros((count, n, 2, 16, 2), np.float32),
        "person": np.full(count, 2, np.int16),
        "blink": np.zeros((count, n), np.float32),
        "pairs": np.zeros((count, 1, 2), np.int8),
        "flow": np.zeros((count, 1, 6, 8, 2), np.float16),
        "visible": np.zeros((count, 1, 6, 8), np.uint8),
    }
    np.savez(folder / "eyes-00000.npz", **arrays)
    index = {
        "format": "gazecam-eyes",
        "version": 1,
        "image_size": [16, 12],
        "shards": [{"file": "eyes-00000.npz", "scenes": count, "sha256": ""}],
        "people": list(eyes.PEOPLE),
    }
    (folder / "index.json").write_text(json.dumps(index))
    return EyeShards(folder, "test")


@pytest.fixture
def protocol(tmp_path: Path) -> ProtocolPairs:
    wanted = scenes(["f05"])
    return ProtocolPairs(write(tmp_path / "p", np.array(wanted[0].gazes), [s.head_yaw for s in wanted]))


def test_a_person_is_seen_under_five_head_yaws_in_21_directions() -> None:
    wanted = scenes(["f05", "m13"], repeats=2)
    assert len(wanted) == 2 * 5 * 2
    assert {round(np.rad2deg(s.head_yaw)) for s in wanted} == set(HEAD_YAWS_DEG)
    assert {s.person for s in wanted} == {"f05", "m13"}
    assert len(set(wanted[0].gazes)) == 21
    np.testing.assert_allclose(np.rad2deg(wanted[0].gazes), GAZES_DEG, atol=1e-9)


def test_the_eleven_groups_hold_the_pairs_that_the_paper_s_do(protocol: ProtocolPairs) -> None:
    counts = collections.Counter(case.difference for case in protocol.cases)
    assert [counts[group] for group in range(len(GROUPS_DEG))] == [5 * count for count in COUNTS]
    assert sum(COUNTS) == 441


def test_the_merged_ten_put_the_two_widest_groups_together(protocol: ProtocolPairs) -> None:
    merged = np.bincount(merged_ten([case.difference for case in protocol.cases]))
    assert merged.tolist() == [5 * count for count in (*COUNTS[:9], 12)]


def test_opposite_head_poses_are_one(protocol: ProtocolPairs) -> None:
    counts = collections.Counter(POSES_DEG[case.pose] for case in protocol.cases)
    assert counts == {0: 441, 15: 882, 30: 882}


def test_the_group_of_a_case_is_how_far_its_gaze_turns(protocol: ProtocolPairs) -> None:
    for number in (0, 7, 440, 441, 2204):
        sample, case = protocol[number], protocol.cases[number]
        turned = np.rad2deg(np.abs(sample.target_gaze - sample.source_gaze).sum())
        assert turned == pytest.approx(GROUPS_DEG[case.difference], abs=1e-3)


def test_a_scene_with_other_gazes_is_refused(tmp_path: Path) -> None:
    gazes = np.deg2rad(GAZES_DEG)
    gazes[4, 0] += 0.05
    with pytest.raises(DataError, match=r"scene 0 \(f05\): its gazes"):
        ProtocolPairs(write(tmp_path / "p", gazes, [0.0]))


def test_a_scene_with_another_head_yaw_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"head yaw 22\.\d deg"):
        ProtocolPairs(write(tmp_path / "p", np.deg2rad(GAZES_DEG), [0.0, 0.39]))
