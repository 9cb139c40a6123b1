"""Checkpoints: written whole, read without running code, and refused with a reason."""

import os
import pickle
from pathlib import Path

import pytest
import torch

from training import checkpoint
from training.checkpoint import Checkpoint
from training.errors import CheckpointError
from training.models import build

SETTINGS = {"architecture": "runtime", "width": 8}


def estimator() -> Checkpoint:
    model = build("gaze_estimator", SETTINGS)
    return Checkpoint("gaze_estimator", SETTINGS, model.state_dict(), {"step": 3, "commit": "abc"})


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    saved = estimator()
    checkpoint.save(saved, tmp_path / "new" / "model.pt")
    loaded = checkpoint.load(tmp_path / "new" / "model.pt")
    assert (loaded.model_name, loaded.model_settings, loaded.meta) == (
        "gaze_estimator",
        SETTINGS,
        {"step": 3, "commit": "abc"},
    )
    model = checkpoint.load_model(tmp_path / "new" / "model.pt", expected="gaze_estimator")
    assert not model.training
    assert all(torch.equal(v, saved.state_dict[k]) for k, v in model.state_dict().items())


def test_a_save_that_fails_leaves_the_old_checkpoint(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    checkpoint.save(estimator(), path)
    before = path.read_bytes()
    unwritable = Checkpoint("gaze_estimator", SETTINGS, {}, {"note": lambda: None})
    with pytest.raises((AttributeError, pickle.PicklingError, TypeError)):
        checkpoint.save(unwritable, path)
    assert path.read_bytes() == before


def test_a_file_that_would_run_code_is_refused_unrun(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    torch.save({"format": checkpoint.FORMAT, "trap": Trap()}, tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        checkpoint.load(tmp_path / "model.pt")
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", b"\x80\x02"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "model.pt").write_bytes(content)
    with pytest.raises(CheckpointError, match=r"model\.pt: not a readable checkpoint"):
        checkpoint.load(tmp_path / "model.pt")


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    checkpoint.save(estimator(), path)
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="not a readable checkpoint"):
        checkpoint.load(path)


def test_other_weights_are_not_a_checkpoint(tmp_path: Path) -> None:
    torch.save({"features.0.weight": torch.zeros(1)}, tmp_path / "vgg.pt")
    with pytest.raises(CheckpointError, match=r"not a GazeCam checkpoint.*OUT/model\.pt"):
        checkpoint.load(tmp_path / "vgg.pt")


def test_a_newer_version_is_refused(tmp_path: Path) -> None:
    torch.save({"format": checkpoint.FORMAT, "version": 2}, tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match="version 2, this code reads version 1"):
        checkpoint.load(tmp_path / "model.pt")


def test_a_model_of_another_kind_is_refused(tmp_path: Path) -> None:
    checkpoint.save(estimator(), tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match="holds a gaze_estimator, expected a cfgr"):
        checkpoint.load_model(tmp_path / "model.pt", expected="cfgr")


def test_weights_that_do_not_fit_their_settings_are_refused(tmp_path: Path) -> None:
    wrong = Checkpoint("gaze_estimator", {**SETTINGS, "width": 16}, estimator().state_dict, {"commit": "abc"})
    checkpoint.save(wrong, tmp_path / "model.pt")
    with pytest.raises(CheckpointError, match=r"do not fit the gaze_estimator .* commit abc"):
        checkpoint.load_model(tmp_path / "model.pt")
