import shutil
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from tests.training.synthesis.eyes.scans import IRISES, PEOPLE, almond, tables, write_checkout, write_imported
from training.synthesis.errors import AssetError
from training.synthesis.eyes.assets import EyeAssets, open_assets
from training.synthesis.eyes.photographs import read_lashes

REAL = Path(__file__).parents[5] / "shared" / "data" / "unityeyes2"


def assert_same_tables(one: EyeAssets, other: EyeAssets) -> None:
    for field in fields(one.tables):
        mine, theirs = (getattr(assets.tables, field.name) for assets in (one, other))
        np.testing.assert_allclose(mine, theirs, atol=1e-4, err_msg=field.name)


def test_the_mean_shape_arrives_in_camera_axes_and_millimeters(assets: EyeAssets) -> None:
    np.testing.assert_allclose(assets.tables.mean, almond()[0], atol=1e-9)


def test_a_positive_first_coefficient_lifts_the_whole_stand_in(assets: EyeAssets) -> None:
    np.testing.assert_allclose(assets.tables.modes[:, :, 0], np.tile([0, -0.1, 0], (229, 1)), atol=1e-12)


def test_a_checkout_and_its_import_hold_the_same_tables(folder: Path, tmp_path: Path) -> None:
    imported, checkout = open_assets(folder), open_assets(write_checkout(tmp_path))
    assert_same_tables(imported, checkout)
    for assets in (imported, checkout):
        assert tuple(sorted(assets.skins)) == PEOPLE
        assert tuple(sorted(assets.irises)) == IRISES


def test_the_real_slice_and_its_import_hold_the_same_tables() -> None:
    if not (REAL / "upstream").is_dir():
        pytest.skip(f"the eye scans are not in {REAL}")
    assert_same_tables(open_assets(REAL), open_assets(REAL / "upstream"))


@pytest.mark.parametrize(
    "name",
    [
        "eye_region.npz",
        "skin/f01_color_look_down.jpg",
        "skin/m13_disp.png",
        "lashes/top_1.png",
        "lashes/bottom_1.png",
    ],
)
def test_the_first_missing_file_of_an_import_is_named(tmp_path: Path, name: str) -> None:
    write_imported(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(AssetError, match=name.split("_1", maxsplit=1)[0]) as caught:
        open_assets(tmp_path)
    assert "--assets" in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "eye_region.3ds",
        "Resources/ShapePCA/mesh_mean.txt",
        "Resources/ShapePCA/pca_components.txt",
        "Resources/ShapePCA/transformed_std.txt",
        "Resources/SubdivData/new_v_idxs_eye_region.txt",
        "Resources/SubdivData/new_tris_eye_region.txt",
        "Resources/SkinTextures/m13_disp.png",
    ],
)
def test_the_first_missing_file_of_a_checkout_is_named(tmp_path: Path, name: str) -> None:
    write_checkout(tmp_path)
    (tmp_path / "Assets" / name).unlink()
    with pytest.raises(AssetError, match=name):
        open_assets(tmp_path)


def test_a_folder_without_scans_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"\*_color\.jpg"):
        open_assets(tmp_path)


def test_a_table_of_another_shape_is_refused_with_both_shapes(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    path = tmp_path / "Assets/Resources/ShapePCA/mesh_mean.txt"
    np.savetxt(path, np.zeros((7, 3)))
    with pytest.raises(AssetError, match=r"mesh_mean\.txt: expected .*\(229, 3\), found \(7, 3\)"):
        open_assets(tmp_path)


def test_a_truncated_mesh_is_refused(tmp_path: Path) -> None:
    write_checkout(tmp_path)
    path = tmp_path / "Assets/eye_region.3ds"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(AssetError, match=r"eye_region\.3ds: expected a 3ds mesh"):
        open_assets(tmp_path)


def test_an_import_without_its_arrays_is_refused(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    lacking = {name: array for name, array in tables().items() if name != "pca_mean"}
    np.savez(tmp_path / "eye_region.npz", **lacking)
    with pytest.raises(AssetError, match="pca_mean"):
        open_assets(tmp_path)


def test_lashes_without_transparency_are_refused(folder: Path) -> None:
    with pytest.raises(AssetError, match=r"f01_color\.jpg: expected a picture with transparency"):
        read_lashes(folder / "skin" / "f01_color.jpg")
