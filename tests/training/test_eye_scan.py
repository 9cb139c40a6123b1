from pathlib import Path

import numpy as np
import pytest

from training.synthesis.errors import AssetError
from training.synthesis.eye_scan import EyeScan, read_picture, resample_loop, thin_plate
from training.synthesis.face_model import FaceModel


def test_the_spline_passes_through_its_controls() -> None:
    rng = np.random.default_rng(0)
    sources, targets = rng.normal(0, 20, (15, 2)), rng.normal(0, 1, (15, 2))
    np.testing.assert_allclose(thin_plate(sources, targets, sources), targets, atol=1e-8)


def test_the_spline_continues_an_affine_map() -> None:
    rng = np.random.default_rng(1)
    sources, elsewhere = rng.normal(0, 20, (15, 2)), rng.normal(0, 60, (9, 2))
    turn = np.array([[0.9, -0.2], [0.3, 1.1]])
    mapped = thin_plate(sources, sources @ turn + [3, 4], elsewhere, stiffness=2.0)
    np.testing.assert_allclose(mapped, elsewhere @ turn + [3, 4], atol=1e-6)


def test_resampling_keeps_both_ends_and_equal_steps() -> None:
    bent = np.array([[0.0, 0.0], [3.0, 0.0], [3.0, 1.0]])
    points = resample_loop(bent, 5)
    np.testing.assert_allclose(points, [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]])


def test_a_missing_scan_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"eye_region\.npz.*--eyes"):
        EyeScan.load(tmp_path, "m08")


def test_a_picture_that_does_not_decode_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "m08_color.jpg"
    broken.write_bytes(b"not a picture")
    with pytest.raises(AssetError, match=r"m08_color\.jpg"):
        read_picture(broken)


def test_a_missing_head_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"ict_face_model\.npz.*--ict"):
        FaceModel.load(tmp_path)


def test_a_head_model_without_its_arrays_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "ict_face_model.npz", neutral=np.zeros((3, 3)))
    with pytest.raises(AssetError, match="expected the ICT-FaceKit arrays"):
        FaceModel.load(tmp_path)
