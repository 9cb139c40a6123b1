"""Training as a whole: it goes on where it was cut off, and many processes do what one does."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.training.data.eyes import write_shards
from tests.training.one_process import tiny_recipe
from training import checkpoint, config, curves
from training.distributed import World
from training.errors import CheckpointError, RecipeError, TrainingError
from training.train import train

NO_LOSSES = {"ms_per_step", "images_per_s"}
STAGES = (
    "stages.coarse.steps=5",
    "stages.coarse.learning_rate=1e-4",
    "stages.refine.steps=4",
    "stages.joint.steps=0",
    "log.checkpoint_every_steps=3",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("data"), scenes=3, shards=1)


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing interrupted."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    assert train(tiny_recipe(*STAGES), data, out, World())
    return out


def start(data: Path, out: Path, *options: str, **environment: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.training.one_process", str(data), str(out), *options]
    for override in STAGES:
        command += ["--set", override]
    return subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def losses(out: Path) -> list[dict[str, object]]:
    records = curves.read_log(out / "log.jsonl")
    return [{key: value for key, value in r.items() if key not in NO_LOSSES} for r in records]


def test_a_killed_run_goes_on_with_the_same_curve_bit_for_bit(
    data: Path, whole: Path, tmp_path: Path
) -> None:
    killed = start(data, tmp_path / "run", "--die-at", "8")  # its last checkpoint is of step 6
    output, _ = killed.communicate()
    assert killed.returncode == -signal.SIGKILL, output
    assert train(tiny_recipe(*STAGES), data, tmp_path / "run", World(), resume=True)
    assert losses(tmp_path / "run") == losses(whole)
    first, second = (checkpoint.load(out / "model.pt").state_dict for out in (whole, tmp_path / "run"))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_run_stopped_between_two_records_keeps_the_losses_of_the_unfinished_one(
    data: Path, whole: Path, tmp_path: Path
) -> None:
    assert not train(tiny_recipe(*STAGES), data, tmp_path / "run", World(), steps=5)
    assert train(tiny_recipe(*STAGES), data, tmp_path / "run", World(), resume=True)
    assert losses(tmp_path / "run") == losses(whole)


def test_two_processes_that_share_each_batch_lose_what_one_does(
    data: Path, whole: Path, tmp_path: Path
) -> None:
    rendezvous = tmp_path / "rendezvous"
    both = [
        start(data, tmp_path / "run", "--rendezvous", str(rendezvous), RANK=str(rank), WORLD_SIZE="2")
        for rank in range(2)
    ]
    for process in both:
        output, _ = process.communicate()
        assert process.returncode == 0, output
    for one, two in zip(losses(whole), losses(tmp_path / "run"), strict=True):
        assert one.keys() == two.keys()
        assert one["stage"] == two["stage"]
        # the norm of the gradient jumps where a residual of nearly 0 changes its sign
        for name in one.keys() - {"stage", "gradient_norm"}:
            assert two[name] == pytest.approx(one[name], rel=1e-4, abs=1e-5), (one["step"], name)


def test_the_finished_model_says_how_it_came_about(whole: Path) -> None:
    kept = checkpoint.load(whole / "model.pt")
    assert (kept.model_name, kept.model_settings["size"]) == ("cfgr", "live")
    assert kept.meta["step"] == 9
    assert kept.meta["recipe"] == config.as_table(tiny_recipe(*STAGES))
    assert kept.meta["history"] == curves.read_log(whole / "log.jsonl")
    assert {"commit", "machine", "seed"} <= kept.meta.keys()
    assert kept.resume is None
    assert checkpoint.load_model(whole / "model.pt", expected="cfgr")


def test_the_losses_fall(data: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe(
        "stages.coarse.steps=60",
        "stages.coarse.decay=none",
        "stages.coarse.learning_rate=2e-3",
        "stages.refine.steps=0",
        "stages.joint.steps=0",
        "log.every_steps=10",
        "data.cut=exact",
    )
    train(recipe, data, tmp_path / "run", World())
    history = curves.read_log(tmp_path / "run" / "log.jsonl")
    assert min(r["flow"] for r in history[-2:]) < 0.8 * history[0]["flow"]


def test_a_run_in_progress_is_not_overwritten(data: Path, whole: Path) -> None:
    with pytest.raises(RecipeError, match="holds a run already; add --resume"):
        train(tiny_recipe(*STAGES), data, whole, World())


def test_a_run_resumes_with_its_own_model_only(data: Path, whole: Path) -> None:
    recipe = tiny_recipe(*STAGES, "model.settings.deep=24")
    with pytest.raises(CheckpointError, match=r"the run has model .*resume with the recipe it began with"):
        train(recipe, data, whole, World(), resume=True)


def test_there_is_nothing_to_resume_in_a_new_folder(data: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="cannot read the checkpoint: No such file"):
        train(tiny_recipe(*STAGES), data, tmp_path, World(), resume=True)


def test_a_batch_that_the_processes_cannot_share_is_refused(data: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="batch is 4, which 3 processes cannot share equally"):
        train(tiny_recipe(*STAGES), data, tmp_path, World(0, 3))


def test_a_perceptual_loss_without_features_says_what_to_set(data: Path, tmp_path: Path) -> None:
    recipe = tiny_recipe("stages.coarse.steps=0", "stages.refine.loss.style=1.0")
    with pytest.raises(RecipeError, match=r"set guides\.features to a trained gaze estimator"):
        train(recipe, data, tmp_path, World())


def test_a_gaze_estimator_trains_and_is_looked_at(data: Path, tmp_path: Path) -> None:
    recipe = config.load(
        Path(config.__file__).parent / "recipes" / "smoke_gaze.toml", ["stages.estimate.steps=4"]
    )
    assert train(recipe, data, tmp_path / "run", World())
    names = {name for record in losses(tmp_path / "run") for name in record}
    assert {"likelihood", "sigma_deg", "held_out_error_deg", "held_out_pitch_slope"} <= names
    assert (tmp_path / "run" / "sheets" / "0000004.png").stat().st_size > 0
    assert (tmp_path / "run" / "curves.png").stat().st_size > 0
