"""DeepWarp: squared differences of the result, and of the coarse pass's warp (seeds.md 2.1)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from training.config import StageSettings
from training.distributed import World
from training.draws import Draws
from training.losses import reconstruction as pixels
from training.optim import Update, learning_rate
from training.stages import redirecting
from training.stages.redirecting import Objective
from training.stages.stage import Batch, Losses, Networks


class WarpStage:
    """Adam on the whole network; ``loss.coarse`` weighs the warp, ``loss.reconstruction`` the result."""

    def __init__(self, networks: Networks, settings: StageSettings, world: World) -> None:
        self.settings = settings
        self._model, self._world = networks.model.train(), world
        self._update = Update({"model": self._model}, settings, world)

    def step(self, batch: Batch, k: int, draws: Draws) -> Losses:
        """Lower the squared distance from the target."""
        del draws
        w, objective = self.settings.loss, Objective()
        answer = redirecting.redirect(self._model, batch)
        redirecting.add_flow_terms(objective, answer, batch, self.settings, self._world)
        if w.reconstruction:
            weight = redirecting.pixel_weight(batch, self.settings)
            fair = 1.0 if weight is None else self._world.fairness(weight)
            value = pixels.coarse_loss(answer.image, batch["target"], weight)
            objective.add("reconstruction", w.reconstruction, fair * value)
        total = objective.sum("warp")
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
        return {"model": self._update.state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        self._update.load_state_dict(state["model"])
