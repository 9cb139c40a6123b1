"""The networks that a recipe asks for: fresh ones to train, and frozen ones that judge."""

from dataclasses import asdict
from pathlib import Path

import torch
from torch import nn

from training import checkpoint
from training.config import GuideSettings, Recipe
from training.errors import RecipeError
from training.losses.features import EstimatorFeatures, VggFeatures
from training.losses.gaze import FrozenGaze
from training.models import build
from training.models.gaze_estimator import GazeEstimator
from training.stages.stage import Networks

ESTIMATOR = "gaze_estimator"

_ADVERSARIAL_STAGES = frozenset({"refine", "joint", "wasserstein"})


def open_networks(recipe: Recipe, device: torch.device) -> Networks:
    """Fresh networks with weights that depend on the recipe's seed alone, and the frozen ones, on ``device``.

    Raises:
        RecipeError: the recipe names no known model, or a setting that the model does not have.
        CheckpointError: a frozen network cannot be read.

    """
    torch.manual_seed(recipe.seed)
    size = {"size": recipe.model.size}
    model = _fresh(recipe.model.name, size | dict(recipe.model.settings), "model")
    critic = None
    if any(name in _ADVERSARIAL_STAGES for name, _ in recipe.stages.ordered()):
        critic = _fresh("discriminator", recipe.critic, "critic").to(device)
    return Networks(
        model.to(device),
        size | asdict(model.settings),  # pyright: ignore[reportArgumentType]
        critic,
        _guide(recipe.guides, device),
        _features(recipe.guides, device),
    )


def open_estimator(path: Path) -> GazeEstimator:
    """A trained gaze estimator.

    Raises:
        CheckpointError: the file cannot be read or holds another network.

    """
    model = checkpoint.load_model(path, expected=ESTIMATOR)
    assert isinstance(model, GazeEstimator)
    return model


def _fresh(name: str, settings: object, section: str) -> nn.Module:
    try:
        return build(name, settings)  # pyright: ignore[reportArgumentType]
    except (ValueError, TypeError) as error:
        raise RecipeError(f"{section}: {error}") from error


def _guide(guides: GuideSettings, device: torch.device) -> nn.Module | None:
    return FrozenGaze(open_estimator(Path(guides.gaze))).to(device) if guides.gaze else None


def _features(guides: GuideSettings, device: torch.device) -> nn.Module | None:
    if guides.vgg:
        return VggFeatures(Path(guides.vgg)).to(device)
    return EstimatorFeatures(open_estimator(Path(guides.features))).to(device) if guides.features else None
