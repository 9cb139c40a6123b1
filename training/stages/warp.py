"""DeepWarp: squared differences of the result, and of the coarse pass's warp (seeds.md 2.1)."""

from training.config import StageSettings
from training.distributed import World
from training.draws import Draws
from training.losses import reconstruction as pixels
from training.optim import Update
from training.stages import redirecting
from training.stages.moving import RedirectorStage
from training.stages.redirecting import Objective
from training.stages.stage import Batch, Losses, Networks


class WarpStage(RedirectorStage):
    """Adam on the whole network; ``loss.coarse`` weighs the warp, ``loss.reconstruction`` the result."""

    def __init__(self, networks: Networks, settings: StageSettings, world: World) -> None:
        super().__init__(settings, {"model": Update({"model": networks.model}, settings, world)})
        self._model, self._world = networks.model.train(), world

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
        norm = self._updates["model"].apply(total, self.learning_rate(k))
        return {**objective.terms, "total": total, "gradient_norm": total.new_tensor(norm)}
