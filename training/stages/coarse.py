"""CFGR's first stage: the flow alone, before anything is added to the warp (seeds.md 1.5, 1.8)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from training.config import StageSettings
from training.distributed import World
from training.draws import Draws
from training.errors import RecipeError
from training.optim import Update, learning_rate
from training.stages import redirecting
from training.stages.redirecting import Objective
from training.stages.stage import Batch, Losses, Networks


class CoarseStage:
    """Adam on the coarse branch of a CFGR."""

    def __init__(self, networks: Networks, settings: StageSettings, world: World) -> None:
        coarse = getattr(networks.model, "coarse", None)
        if coarse is None:
            raise RecipeError("stages.coarse: this model has no coarse branch; set stages.coarse.steps to 0")
        self.settings = settings
        self._model, self._world = networks.model.train(), world
        self._update = Update({"coarse": coarse}, settings, world)

    def step(self, batch: Batch, k: int, draws: Draws) -> Losses:
        """Lower the distance of the warped source from the target."""
        del draws
        objective = Objective()
        answer = redirecting.redirect(self._model, batch, refine=False)
        redirecting.add_flow_terms(objective, answer, batch, self.settings, self._world)
        total = objective.sum("coarse")
        norm = self._update.apply(total, self.learning_rate(k))
        return {**objective.terms, "total": total, "gradient_norm": total.new_tensor(norm)}

    def learning_rate(self, k: int) -> float:
        """The rate at step ``k``."""
        return learning_rate(self.settings, k)

    def look(self, model: torch.nn.Module, batch: Batch, sheet: Path) -> dict[str, float]:
        """Draw and measure what the model does."""
        return redirecting.look(model, batch, sheet)

    def state_dict(self) -> dict[str, Any]:
        """Adam's moments."""
        return {"coarse": self._update.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        self._update.load_state_dict(state["coarse"])
