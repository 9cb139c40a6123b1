"""Pictures and labels of the stand-in scans, drawn with OpenGL."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.training.synthesis.eyes.conftest import RECIPE
from training.synthesis.eyes.assets import EyeAssets
from training.synthesis.eyes.sampling import SceneSampler
from training.synthesis.eyes.scene import Gaze, Scene
from training.synthesis.eyes.shards import digest, write_index, write_shard
from training.synthesis.eyes.studio import Studio
from training.synthesis.eyes.view import CANTHI_PX

SIDEWAYS = (Gaze(0.0, 0.0), Gaze(0.0, 0.3), Gaze(0.0, -0.3), Gaze(-0.15, 0.1))


def scene_of(assets: EyeAssets, gazes: tuple[Gaze, ...] = SIDEWAYS) -> Scene:
    pairs = ((1, 0), (2, 0), (0, 3), (0, 0))
    scene = SceneSampler(assets, RECIPE).scene(1)
    look = replace(scene.look, iris="brown", iris_tint=(1.0, 1.0, 1.0))
    return replace(scene, look=look, gazes=gazes, pairs=pairs, head=(0.0, 0.0), kappa=(0.0, 0.0))


def test_the_iris_moves_to_image_left_for_positive_yaw(studio: Studio, assets: EyeAssets) -> None:
    shot = studio.shoot(scene_of(assets))
    ahead, left, right, _ = shot["iris"][:, 0]
    assert left < ahead - 5
    assert right > ahead + 5


def test_the_picture_is_darkest_where_the_label_has_the_iris(studio: Studio, assets: EyeAssets) -> None:
    shot = studio.shoot(scene_of(assets))
    for image, mask, iris in zip(shot["images"], shot["eye_mask"], shot["iris"], strict=True):
        # Lids shade the ball's edge: judge its middle.
        middle = cv2.erode(np.where(mask > 250, 255, 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        gray = np.where(middle, image.mean(axis=2), np.inf)
        _, column = np.argwhere(gray <= np.quantile(gray[middle], 0.1)).mean(axis=0)
        assert column == pytest.approx(iris[0], abs=3)


def test_closed_lids_hide_the_whole_eyeball(studio: Studio, assets: EyeAssets) -> None:
    shut = tuple(replace(gaze, blink=1.0) for gaze in SIDEWAYS)
    open_eye, closed = (studio.shoot(scene_of(assets, gazes)) for gazes in (SIDEWAYS, shut))
    assert (open_eye["eye_mask"] > 127).sum(axis=(1, 2)).min() > 300
    # The stand-in has no real caruncle: a few pixels of its inner corner stay open.
    assert (closed["eye_mask"] > 127).sum(axis=(1, 2)).max() < 20
    x, y = np.meshgrid(np.arange(168), np.arange(120))
    for mask, iris in zip(closed["eye_mask"], closed["iris"], strict=True):
        assert mask[np.hypot(x - iris[0], y - iris[1]) < iris[2]].max() == 0
    assert closed["openness"].max() < 0.05 < open_eye["openness"].min()


def test_the_fissure_narrows_as_the_gaze_goes_down(studio: Studio, assets: EyeAssets) -> None:
    gazes = tuple(Gaze(pitch, 0.0) for pitch in (0.2, 0.0, -0.2, -0.4))
    openness = studio.shoot(scene_of(assets, gazes))["openness"]
    assert np.all(np.diff(openness) < 0)


def test_flow_maps_one_iris_onto_the_other(studio: Studio, assets: EyeAssets) -> None:
    shot = studio.shoot(scene_of(assets))
    for k, (source, target) in enumerate(shot["pairs"]):
        here, there = shot["iris"][target, :2], shot["iris"][source, :2]
        x, y = np.rint((here - 0.5) / 2).astype(int)
        pixel = np.array([2 * x + 0.5, 2 * y + 0.5])
        np.testing.assert_allclose(pixel + shot["flow"][k, y, x], there + pixel - here, atol=1.5)


def test_a_pair_of_one_picture_has_no_flow_and_hides_nothing(studio: Studio, assets: EyeAssets) -> None:
    shot = studio.shoot(scene_of(assets))
    assert tuple(shot["pairs"][3]) == (0, 0)
    assert np.abs(shot["flow"][3].astype(np.float32)).max() < 0.1
    assert np.mean(shot["visible"][3] == 255) > 0.97


def test_what_lids_cover_in_the_source_is_marked_as_hidden(studio: Studio, assets: EyeAssets) -> None:
    gazes = (Gaze(0.0, 0.0), Gaze(0.0, 0.0, 1.0), Gaze(0.0, 0.1), Gaze(0.0, -0.1))
    shot = studio.shoot(scene_of(assets, gazes))
    assert tuple(shot["pairs"][0]) == (1, 0)
    eye = shot["eye_mask"][0, ::2, ::2] > 250
    assert np.mean(shot["visible"][0][eye] == 0) > 0.95


def test_warping_by_the_flow_gives_the_target_back(studio: Studio, assets: EyeAssets) -> None:
    shot = studio.shoot(scene_of(assets))
    source, target = (shot["images"][k].astype(np.float32) for k in shot["pairs"][0])
    small = [cv2.resize(image, (84, 60), interpolation=cv2.INTER_AREA) for image in (source, target)]
    flow = shot["flow"][0].astype(np.float32) / 2
    x, y = np.meshgrid(np.arange(84, dtype=np.float32), np.arange(60, dtype=np.float32))
    warped = cv2.remap(small[0], x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
    judged = (shot["visible"][0] > 0) & (shot["eye_mask"][0, ::2, ::2] > 250)
    before, after = (np.abs(image - small[1])[judged].mean() for image in (small[0], warped))
    assert after < 0.5 * before


def test_canthi_and_lids_meet_at_the_corners(studio: Studio, assets: EyeAssets) -> None:
    shot = studio.shoot(scene_of(assets))
    np.testing.assert_allclose(shot["canthi"], CANTHI_PX, atol=1e-4)
    np.testing.assert_allclose(shot["lids"][:, :, 0, 0], CANTHI_PX[0, 0], atol=1e-3)
    np.testing.assert_allclose(shot["lids"][:, :, -1, 0], CANTHI_PX[1, 0], atol=1e-3)
    assert np.all(shot["lids"][:, 0, :, 1] <= shot["lids"][:, 1, :, 1] + 1e-4)


def test_the_same_scene_gives_the_same_arrays(studio: Studio, assets: EyeAssets) -> None:
    sampler = SceneSampler(assets, RECIPE)
    first = studio.shoot(sampler.scene(5))
    studio.shoot(sampler.scene(6))
    again = studio.shoot(sampler.scene(5))
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name], err_msg=name)


def test_a_shard_holds_every_array_and_the_index_proves_it(
    studio: Studio, assets: EyeAssets, tmp_path: Path
) -> None:
    sampler = SceneSampler(assets, RECIPE)
    scenes = [studio.shoot(sampler.scene(index)) for index in range(2)]
    entry = write_shard(tmp_path, 0, scenes, [0, 1])
    write_index(tmp_path, [entry], sampler.people, {"seed": RECIPE.seed})
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    assert index["shards"] == [{"file": "eyes-00000.npz", "scenes": 2, "sha256": entry["sha256"]}]
    assert digest(tmp_path / "eyes-00000.npz") == entry["sha256"]
    assert index["people"] == [{"name": "f01", "split": "train"}, {"name": "m13", "split": "test"}]
    with np.load(tmp_path / "eyes-00000.npz") as shard:
        assert shard["images"].shape == (2, 4, 120, 168, 3)
        assert shard["flow"].shape == (2, 4, 60, 84, 2)
        assert shard["flow"].dtype == np.float16
        assert shard["person"].tolist() == [0, 1]
        assert shard["gaze"].dtype == np.float32
