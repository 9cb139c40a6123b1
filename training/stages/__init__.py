"""The ways of training, one file each; ``open_stage`` picks one by the name that the recipe gives it."""

from training.config import StageSettings
from training.distributed import World
from training.stages.stage import Networks, Stage


def open_stage(name: str, networks: Networks, settings: StageSettings, world: World) -> Stage:
    """The stage of a recipe's section ``stages.NAME``.

    Raises:
        ValueError: no such stage.
        RecipeError: the stage does not suit the model, or lacks a network that its losses need.

    """
    match name:
        case "estimate":
            from training.stages.estimate import EstimateStage

            return EstimateStage(networks, settings, world)
        case "coarse":
            from training.stages.coarse import CoarseStage

            return CoarseStage(networks, settings, world)
        case "refine" | "joint":
            from training.stages.refine import RefineStage

            return RefineStage(networks, settings, world, end_to_end=name == "joint")
        case "warp":
            from training.stages.warp import WarpStage

            return WarpStage(networks, settings, world)
        case "wasserstein":
            from training.stages.wasserstein import WassersteinStage

            return WassersteinStage(networks, settings, world)
        case _:
            raise ValueError(f"unknown stage {name!r}")
