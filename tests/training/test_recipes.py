"""Recipes: what they may say, and what is answered when they say something else."""

from pathlib import Path

import pytest
import torch

from training import config
from training.config import Recipe
from training.errors import RecipeError
from training.networks import open_networks
from training.optim import learning_rate

RECIPES = Path(config.__file__).parent / "recipes"
PUBLISHED = {"cfgr_published", "prgan_published", "deepwarp_published"}


def written(folder: Path, text: str, name: str = "recipe.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.toml")), ids=lambda path: path.stem)
def test_every_recipe_that_ships_loads_and_has_a_stage(path: Path) -> None:
    recipe = config.load(path)
    assert any(recipe.stages.ordered())


@pytest.mark.parametrize(
    "path", sorted(p for p in RECIPES.glob("*.toml") if p.stem not in PUBLISHED), ids=lambda path: path.stem
)
def test_every_model_that_is_trained_here_can_be_built(path: Path) -> None:
    recipe = config.load(path, ["guides.gaze=", "guides.features="])
    networks = open_networks(recipe, torch.device("cpu"))
    assert sum(p.numel() for p in networks.model.parameters()) > 0


def test_the_same_seed_gives_the_same_fresh_weights() -> None:
    recipe = config.load(RECIPES / "smoke.toml")
    first, second = (open_networks(recipe, torch.device("cpu")).model.state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[dta]\nbatch = 3", r"unknown setting dta; did you mean data\? known: average, critic, data"),
        ("batch = 3", r"unknown setting batch; did you mean data\.batch\?"),
        (
            "[stages.coarse]\nstepz = 3",
            r"unknown setting stages\.coarse\.stepz; did you mean stages\.coarse\.steps\?",
        ),
        ("[data]\nbatch = 0", r"data\.batch: expected an integer from 1 to 65536, got 0"),
        ("[data]\nbatch = true", r"data\.batch: expected an integer from 1 to 65536, got true"),
        ('[model]\nsize = "big"', r'model\.size: expected one of "live", "published", got "big"'),
        ("[stages.coarse]\nbetas = [0.5]", r"betas are two numbers, got 1"),
        (
            "[stages.coarse]\nbetas = [0.5, 1.0]",
            r"expected a list, each a finite number from 0\.0 to 0\.99999",
        ),
        ("data = 3", r"data is a section, got 3"),
        ("[seed]\nx = 1", r"seed is a value, not a section: expected an integer from 0"),
        ("seed = ", r"not valid TOML"),
        ('base = "none.toml"', r"none\.toml: cannot read the recipe: No such file"),
        ('base = "recipe.toml"', r"base recipe\.toml leads back to a recipe that begins from it"),
        ("base = 3", r"base: expected the name of a recipe beside this one, got 3"),
    ],
)
def test_a_wrong_recipe_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(RecipeError, match=message) as refused:
        config.load(path)
    assert str(tmp_path) in str(refused.value)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.batch", r"--set data\.batch: expected key=value"),
        ("data.batch=many", r"data\.batch: expected an integer from 1 to 65536, got many"),
        ("data.bach=3", r"did you mean data\.batch\?"),
        ("seed=", r"seed: expected an integer from 0 to 2147483647, got nothing"),
    ],
)
def test_a_wrong_override_is_refused_by_name(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        config.load(written(tmp_path, ""), [override])


def test_a_recipe_changes_only_what_it_says_of_its_base(tmp_path: Path) -> None:
    written(tmp_path, "seed = 4\n[data]\nbatch = 8\nworkers = 2\n[model.settings]\nwidth = 16", "below.toml")
    above = written(tmp_path, 'base = "below.toml"\n[data]\nbatch = 4\n[model.settings]\nflow = false')
    recipe = config.load(above)
    assert (recipe.seed, recipe.data.batch, recipe.data.workers) == (4, 4, 2)
    assert recipe.model.settings == {"width": 16, "flow": False}


def test_overrides_win_over_the_file_and_the_last_over_the_first(tmp_path: Path) -> None:
    path = written(tmp_path, "[data]\nbatch = 8")
    overrides = ["data.batch=2", "data.batch=6", "guides.gaze=a b.pt", "data.source_jitter_deg=[1, 2]"]
    recipe = config.load(path, [*overrides, "model.settings.width=12"])
    assert (recipe.data.batch, recipe.guides.gaze) == (6, "a b.pt")
    assert recipe.data.source_jitter_deg == (1.0, 2.0)
    assert recipe.model.settings == {"width": 12}


def test_a_setting_that_the_model_does_not_have_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "[model]\nsettings = { widht = 3 }\n[stages.coarse]\nsteps = 1")
    with pytest.raises(RecipeError, match=r"model: .*widht"):
        open_networks(config.load(path), torch.device("cpu"))


def test_the_rate_warms_up_stays_flat_and_falls_to_nothing() -> None:
    stage = config.StageSettings(steps=100, learning_rate=1.0, warm_up_steps=10, flat=0.5)
    rates = [learning_rate(stage, k) for k in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert set(rates[10:51]) == {1.0}
    assert rates[75] == pytest.approx(0.5)
    assert rates[100] == pytest.approx(0.0)
    assert rates[50:] == sorted(rates[50:], reverse=True)


def test_stages_run_in_their_order_and_only_if_they_have_steps() -> None:
    stages = config.Stages(joint=config.StageSettings(steps=2), coarse=config.StageSettings(steps=1))
    assert [name for name, _ in stages.ordered()] == ["coarse", "joint"]
    assert not any(Recipe().stages.ordered())
