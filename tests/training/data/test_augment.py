from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.data.eyes import grid
from tests.training.data.test_webcam import PLAIN
from training.data import open_pairs, open_pictures
from training.data.augment import Augmented, AugmentedPicture, Exact, ExactPicture, Whole, open_weight
from training.data.occlusion import OcclusionRange
from training.data.samples import EyeSample
from vcam.geometry.patch import cut_patch, eye_to_frame

CLEAR = Augmented(webcam=PLAIN, occlusion=OcclusionRange(0, 0, 0))
GLASSES = Augmented(webcam=PLAIN, occlusion=OcclusionRange(1, 1, 1))


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng([3, seed])


@pytest.fixture
def pairs(shards: Path) -> list[EyeSample]:
    read = open_pairs(shards)
    return [read[k] for k in range(len(read))]


@pytest.fixture
def turned(pairs: list[EyeSample]) -> EyeSample:
    return next(p for p in pairs if p.source is not p.target and (p.source_gaze != p.target_gaze).any())


def warped(arrays: dict[str, np.ndarray], name: str = "source") -> tuple[np.ndarray, np.ndarray]:
    seen_at = (grid(96, 64) + arrays["flow"]).astype(np.float32)
    inside = (arrays["flow_weight"] > 0) & (seen_at >= 1).all(-1) & (seen_at <= (94, 62)).all(-1)
    return cv2.remap(arrays[name], seen_at, None, cv2.INTER_LINEAR).astype(float), inside


@pytest.mark.parametrize("cut", [Exact(), CLEAR])
@pytest.mark.parametrize("seed", range(4))
def test_the_flow_still_leads_from_source_to_target(
    turned: EyeSample, cut: Exact | Augmented, seed: int
) -> None:
    arrays = cut(turned, rng(seed))
    picture, inside = warped(arrays)
    assert inside.mean() > 0.5
    error = np.abs(picture - arrays["target"])[inside].mean()
    still = np.abs(arrays["source"].astype(float) - arrays["target"])[inside].mean()
    assert error < 3.0
    assert still > 3 * error


def test_the_whole_webcam_leaves_the_flow_true(turned: EyeSample) -> None:
    """Noise and compression stay where they are, so it is the mean over many webcams that must agree."""
    errors, stills = [], []
    for seed in range(40):
        arrays = Augmented(occlusion=OcclusionRange(0, 0, 0))(turned, rng(seed))
        picture, inside = warped(arrays)
        errors.append(np.abs(picture - arrays["target"])[inside].mean())
        stills.append(np.abs(arrays["source"].astype(float) - arrays["target"])[inside].mean())
    assert np.mean(errors) < 0.6 * np.mean(stills)


def test_the_exact_patch_is_the_runtime_s_own(turned: EyeSample) -> None:
    arrays = Exact()(turned, rng())
    to_picture = eye_to_frame(*turned.canthi, mirrored=False)
    assert np.array_equal(arrays["source"], cut_patch(turned.source, to_picture))
    np.testing.assert_allclose(arrays["source_gaze"], turned.source_gaze, atol=1e-6)


def test_the_same_random_numbers_give_the_same_sample(turned: EyeSample) -> None:
    cut = Augmented(again=True)
    first, again, other = cut(turned, rng(1)), cut(turned, rng(1)), cut(turned, rng(2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["source"], other["source"])


def test_source_and_target_of_no_difference_are_equal_to_the_bit(pairs: list[EyeSample]) -> None:
    still = next(p for p in pairs if np.array_equal(p.source, p.target) and not p.leave_alone)
    arrays = Augmented()(still, rng(4))
    assert np.array_equal(arrays["source"], arrays["target"])
    assert np.abs(arrays["flow"]).max() == 0
    assert arrays["gaze_weight"] == 1


def test_a_closed_eye_asks_for_no_change(pairs: list[EyeSample]) -> None:
    closed = next(p for p in pairs if p.leave_alone and (p.source_gaze != p.target_gaze).any())
    arrays = Augmented()(closed, rng(4))
    assert np.array_equal(arrays["source"], arrays["target"])
    assert (arrays["source_gaze"] != arrays["target_gaze"]).any()
    assert np.abs(arrays["flow"]).max() == 0
    assert arrays["gaze_weight"] == 0


def test_glasses_stand_still_so_no_flow_is_known_there(turned: EyeSample) -> None:
    hidden = [GLASSES(turned, rng(k))["flow_weight"].mean() for k in range(8)]
    clear = [CLEAR(turned, rng(k))["flow_weight"].mean() for k in range(8)]
    assert np.mean(hidden) < np.mean(clear) - 0.02


def test_a_pair_without_flow_or_masks_still_has_a_region(turned: EyeSample) -> None:
    bare = replace(turned, flow=None, visible=None, source_mask=None, target_mask=None)
    arrays = Augmented()(bare, rng())
    assert arrays["flow_weight"].max() == 0
    assert 0.1 < arrays["eye_mask"].mean() < 0.6


def test_the_next_frame_shows_the_source_where_its_matrix_says(turned: EyeSample) -> None:
    arrays = Augmented(webcam=PLAIN, occlusion=OcclusionRange(0, 0, 0), again=True)(turned, rng(2))
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    matrix = arrays["again_from_source"].astype(np.float64)
    back = cv2.warpAffine(arrays["source_again"], matrix, (96, 64), flags=flags).astype(float)
    inner = np.s_[6:-6, 6:-6]
    assert np.abs(back - arrays["source"])[inner].mean() < 2.5
    moved = np.abs(matrix[:, 2] + (matrix[:, :2] - np.eye(2)) @ (47.5, 35.5))
    assert moved.max() < 2.0


def test_a_whole_picture_is_left_as_it_is(turned: EyeSample) -> None:
    arrays = Whole()(turned, rng())
    assert arrays["source"] is turned.source
    assert arrays["flow_weight"].shape == turned.source.shape[:2]


def test_a_closed_eye_s_gaze_does_not_count() -> None:
    weights = [open_weight(openness) for openness in (0.0, 0.06, 0.11, 0.16, 0.4, float("nan"))]
    assert weights == pytest.approx([0, 0, 0.5, 1, 1, 1])


def test_a_single_picture_keeps_its_labels(shards: Path) -> None:
    picture = open_pictures(shards)[1]
    exact, shot = ExactPicture()(picture, rng()), AugmentedPicture()(picture, rng())
    np.testing.assert_allclose(exact["gaze"], picture.gaze, atol=1e-6)
    np.testing.assert_allclose(shot["gaze"], picture.gaze, atol=0.02)
    assert shot["patch"].shape == (64, 96, 3)
    assert exact["weight"] == 1
