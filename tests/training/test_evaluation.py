"""Evaluation: groups, tables, and what counts as better."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from tests.training.data.eyes import write_shards
from training import checkpoint, config, metrics
from training.checkpoint import Checkpoint
from training.config import EvaluationSettings, Recipe
from training.data import open_pairs
from training.data.batches import Batch
from training.errors import EvaluationError
from training.evaluate import compare, read_estimators, write_pairs
from training.evaluation import estimators, ladder, tables
from training.evaluation.methods import External, Identity, Trained
from training.evaluation.scores import Scores, pose_of
from training.models import build
from training.networks import open_estimator

RECIPE = Recipe(evaluation=EvaluationSettings(protocol="any", batch=16))


class Truth:
    """The real target, as if a method had drawn it."""

    name = "truth"

    def redirect(self, numbers: object, batch: Batch) -> object:  # noqa: ARG002  # the call's
        from training.models.redirected import Redirected

        return Redirected(batch["target"])


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shards(tmp_path_factory.mktemp("data"), scenes=3, shards=1)


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    settings = {"architecture": "scoring", "width": 8}
    path = tmp_path_factory.mktemp("scorer") / "model.pt"
    checkpoint.save(
        Checkpoint("gaze_estimator", settings, build("gaze_estimator", settings).state_dict()), path
    )
    return path


def scores_of(name: str, difference_deg: list[int], error: list[float], pose: list[int]) -> Scores:
    group = np.array(difference_deg) // 5
    values = {
        measure: np.array(error)
        for measure in ("gaze_error_deg", "perceptual", "gaze_change_deg", "ssim", "psnr")
    }
    return Scores(name, group, np.array(pose), values)


def test_averages_are_taken_inside_each_group() -> None:
    scores = scores_of("cfgr", [0, 5, 5, 45, 50], [1.0, 2.0, 4.0, 6.0, 8.0], [0, 0, 1, 2, 2])
    eleven, ten = scores.by_group("gaze_error_deg"), scores.by_group("gaze_error_deg", ten=True)
    assert (len(eleven), len(ten)) == (11, 10)
    assert (eleven[0], eleven[1], eleven[9], eleven[10]) == (1.0, 3.0, 6.0, 8.0)
    assert ten[9] == 7.0
    assert np.isnan(eleven[2])
    assert scores.by_pose("gaze_error_deg") == [1.5, 4.0, 7.0]
    assert scores.by_group("gaze_error_deg", pose=1)[1] == 4.0


def test_the_table_has_a_row_per_method_the_eleven_and_the_ten_groups_and_the_papers_own_figures() -> None:
    rows = [scores_of(name, [0, 45, 50], [1.25, 2.0, 3.0], [0, 0, 0]) for name in ("identity", "cfgr")]
    text = tables.document(rows, "made by a test", "renders")
    assert "| cfgr | 2.08 | 2.08 | 2.0833 | 2.0833 | 2.08 |" in text
    assert "| method | 0 | 5 | 10 | 15 | 20 | 25 | 30 | 35 | 40 | 45 | 50 |" in text
    assert "| method | 0 | 5 | 10 | 15 | 20 | 25 | 30 | 35 | 40 | 45-50 |" in text
    assert "| identity | 1.25 | - | - | - | - | - | - | - | - | 2.00 | 3.00 |" in text
    assert "(photographs)" in text
    assert "(renders, 3 pairs)" in text
    assert "| CFGR | 5.15 | 0.0333 |" in text


def test_the_truth_is_better_than_doing_nothing_by_every_measure(
    data: Path, scorer: Path, tmp_path: Path
) -> None:
    nothing, truth = compare(RECIPE, data, scorer, [Identity(), Truth()], tmp_path)
    assert truth.mean("perceptual") == pytest.approx(0.0, abs=1e-6)
    assert truth.mean("gaze_change_deg") == pytest.approx(0.0, abs=1e-4)
    assert truth.mean("ssim") == pytest.approx(1.0, abs=1e-5)
    assert nothing.mean("perceptual") > 0.01
    assert nothing.mean("ssim") < 0.95
    assert nothing.by_group("ssim")[0] == pytest.approx(1.0, abs=1e-5)
    kept = json.loads((tmp_path / "scores.json").read_text())
    assert kept["methods"]["identity"]["ssim"]["all"] == pytest.approx(nothing.mean("ssim"))
    for name in ("gaze_error.png", "perceptual.png"):
        assert cv2.imread(str(tmp_path / name)) is not None


def test_eyes_that_are_left_alone_are_not_scored(data: Path, scorer: Path, tmp_path: Path) -> None:
    (scores,) = compare(RECIPE, data, scorer, [Identity()], tmp_path)
    assert len(scores.group) == 9  # of one held-out person's scene: three open eyes, with themselves


def test_an_untrained_model_does_nothing(data: Path, scorer: Path, tmp_path: Path) -> None:
    nothing, fresh = compare(
        RECIPE, data, scorer, [Identity(), Trained("cfgr", build("cfgr", {"size": "live"}))], tmp_path
    )
    assert fresh.mean("ssim") == pytest.approx(nothing.mean("ssim"), abs=1e-4)


def test_patches_drawn_by_another_program_become_a_row(data: Path, scorer: Path, tmp_path: Path) -> None:
    write_pairs(RECIPE, data, tmp_path / "pairs")
    asked = json.loads((tmp_path / "pairs" / "pairs.json").read_text())
    assert len(asked) == 9
    assert asked[0].keys() == {"file", "source_gaze", "target_gaze", "head", "lids", "iris"}
    methods = [Identity(), External("geometric", tmp_path / "pairs")]
    nothing, outside = compare(RECIPE, data, scorer, methods, tmp_path)
    assert outside.name == "geometric"
    assert outside.mean("ssim") == pytest.approx(nothing.mean("ssim"), abs=1e-3)


def test_a_missing_patch_of_another_program_is_named(data: Path, scorer: Path, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"0000000\.png: expected a 96x64 PNG of method geometric"):
        compare(RECIPE, data, scorer, [External("geometric", tmp_path)], tmp_path)


def test_an_estimator_is_not_taken_for_a_redirector(scorer: Path) -> None:
    with pytest.raises(EvaluationError, match="holds a gaze_estimator; --models takes cfgr"):
        Trained.open("cfgr", scorer, torch.device("cpu"))


def test_eyes_that_look_down_are_sent_to_the_lens_rung_by_rung(
    data: Path, scorer: Path, tmp_path: Path
) -> None:
    rungs = ladder.choose(open_pairs(data, "test"))
    assert rungs.rungs == [-10.0]  # of one held-out person; the folder has no steeper gaze
    assert np.rad2deg(rungs.samples[0].source_gaze[0]) == pytest.approx(-10.0)
    assert not rungs.samples[0].target_gaze.any()
    fresh = Trained("cfgr", build("cfgr", {"size": "live"}))
    first, *others = ladder.climb(rungs, fresh, open_estimator(scorer), tmp_path / "sheet.png")
    assert (first.count, [rung.count for rung in others]) == (1, [0, 0, 0])
    assert first.opening_error == pytest.approx(first.source_opening_error, abs=1e-5)
    assert np.isfinite(first.gaze_error_deg)
    height, width = cv2.imread(str(tmp_path / "sheet.png")).shape[:2]  # pyright: ignore[reportOptionalMemberAccess]
    assert width > 4 * 96 > height


def test_heads_belong_to_the_nearest_pose_of_either_side() -> None:
    head = np.deg2rad([[0.0, 2.0], [5.0, -14.0], [0.0, 31.0], [0.0, -29.0]])
    assert pose_of(head).tolist() == [0, 1, 2, 2]


class Shrinking(torch.nn.Module):
    """Reads the gaze written into the patch, at 0.6 of its size, and is sure to half of its error."""

    def forward(self, patch: torch.Tensor, head: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:  # noqa: ARG002  # the call's
        gaze = patch[:, :2, 0, 0] - 0.5
        return 0.6 * gaze, torch.log(0.2 * gaze.abs() + 1e-6)


def test_the_slope_of_an_estimator_that_shrinks_is_found_in_every_bin() -> None:
    gaze = torch.deg2rad(torch.linspace(-29.0, 29.0, 117))[:, None].repeat(1, 2)
    patch = torch.zeros(117, 3, 4, 4)
    patch[:, :2] = gaze[:, :, None, None] + 0.5
    weight = torch.ones(117)
    weight[0] = 0.0
    batch = {"patch": patch, "gaze": gaze, "head": torch.zeros(117, 2), "weight": weight}
    reading = estimators.read("shrinking", Shrinking(), [batch])  # pyright: ignore[reportArgumentType]
    assert reading.count == 116
    for axis in reading.axes:
        assert axis.slope == pytest.approx(0.6, abs=1e-3)
        assert sum(b.count for b in axis.bins) == 116
        assert [b.slope for b in axis.bins] == pytest.approx([0.6] * 6, abs=1e-3)
        assert axis.bins[0].bias_deg > 8.0
        assert axis.bins[5].bias_deg < -8.0
    assert reading.sigma_ratio == pytest.approx(2.0, rel=0.05)


def test_estimators_are_read_into_a_table_and_a_file(data: Path, scorer: Path, tmp_path: Path) -> None:
    recipe = replace(RECIPE, evaluation=replace(RECIPE.evaluation, pictures=3))
    read_estimators(recipe, data, [("scoring", scorer)], tmp_path)
    text = (tmp_path / "estimators.md").read_text()
    assert "| pitch, deg | eyes | median error, deg | bias, deg | slope |" in text
    (kept,) = json.loads((tmp_path / "estimators.json").read_text())
    assert (kept["name"], len(kept["axes"]), len(kept["axes"][0]["bins"])) == ("scoring", 2, 6)


def test_the_evaluation_of_every_recipe_that_ships_is_by_the_protocol_of_columbia() -> None:
    recipes = Path(config.__file__).parent / "recipes"
    tables_ = [config.load(path).evaluation for path in recipes.glob("*_table.toml")]
    assert tables_
    assert {each.protocol for each in tables_} == {"columbia"}
    assert metrics.GROUPS_DEG[-1] == 50
