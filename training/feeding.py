"""The batches that a recipe asks for, of a folder of data."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from training.config import Recipe
from training.data import open_pairs, open_pictures
from training.data.augment import (
    Augmented,
    AugmentedPicture,
    Exact,
    ExactPicture,
    PairCut,
    PictureCut,
    Whole,
)
from training.data.batches import Feed, Plan
from training.data.errors import DataError
from training.distributed import World
from training.errors import RecipeError
from training.networks import ESTIMATOR

Cut = Literal["webcam", "exact", "whole"]
Samples = TypeVar("Samples")


def open_feed(recipe: Recipe, folder: Path, world: World) -> Feed:
    """Single pictures for a gaze estimator, pairs for a redirector; of the people to train on.

    Raises:
        DataError: the folder cannot be used.
        RecipeError: the data are cut in a way that the model does not take.
        TrainingError: the processes cannot share a batch equally.

    """
    data = recipe.data
    world.share(data.batch)
    plan = Plan(data.batch, recipe.seed, data.workers, world.rank, world.size, data.preview)
    if recipe.model.name == ESTIMATOR:
        cut = picture_cut(data.cut)
        held_out = _if_any(open_pictures, folder)
        return Feed(open_pictures(folder, "train"), cut, plan, held_out, ExactPicture())
    cut, plain = _training_cut(recipe), Whole() if data.cut == "whole" else Exact()
    pairs = open_pairs(folder, "train", data.lens_copies)
    return Feed(pairs, cut, plan, _if_any(open_pairs, folder), plain)


def pair_cut(kind: Cut, *, again: bool = False) -> PairCut:
    """How pairs become patches; ``again`` adds the source one frame later."""
    match kind:
        case "webcam":
            return Augmented(again=again)
        case "exact":
            return Exact()
        case "whole":
            return Whole()


def picture_cut(kind: Cut) -> PictureCut:
    """How single pictures become patches.

    Raises:
        RecipeError: the kind gives no patches.

    """
    if kind == "whole":
        raise RecipeError('a gaze estimator takes patches: cut is "whole", choose "webcam" or "exact"')
    return AugmentedPicture() if kind == "webcam" else ExactPicture()


def _training_cut(recipe: Recipe) -> PairCut:
    again = any(settings.loss.temporal for _, settings in recipe.stages.ordered())
    if again and recipe.data.cut != "webcam":
        raise RecipeError('a temporal loss needs the next frame, which data.cut = "webcam" alone gives')
    return pair_cut(recipe.data.cut, again=again)


def _if_any(opener: Callable[[Path, Literal["test"]], Samples], folder: Path) -> Samples | None:
    """The held-out people's samples; None where a folder holds none."""
    try:
        return opener(folder, "test")
    except DataError:
        return None
