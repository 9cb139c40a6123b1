"""CFGR's first stage: the flow alone, before anything is added to the warp (seeds.md 1.5, 1.8)."""

from training.config import StageSettings
from training.distributed import World
from training.draws import Draws
from training.errors import RecipeError
from training.optim import Update
from training.stages import redirecting
from training.stages.moving import RedirectorStage
from training.stages.redirecting import Objective
from training.stages.stage import Batch, Losses, Networks


class CoarseStage(RedirectorStage):
    """Adam on the coarse branch of a CFGR."""

    def __init__(self, networks: Networks, settings: StageSettings, world: World) -> None:
        coarse = getattr(networks.model, "coarse", None)
        if coarse is None:
            raise RecipeError("stages.coarse: this model has no coarse branch; set stages.coarse.steps to 0")
        super().__init__(settings, {"coarse": Update({"coarse": coarse}, settings, world)})
        self._model, self._world = networks.model.train(), world

    def step(self, batch: Batch, k: int, draws: Draws) -> Losses:
        """Lower the distance of the warped source from the target."""
        del draws
        objective = Objective()
        answer = redirecting.redirect(self._model, batch, refine=False)
        redirecting.add_flow_terms(objective, answer, batch, self.settings, self._world)
        total = objective.sum("coarse")
        norm = self._updates["coarse"].apply(total, self.learning_rate(k))
        return {**objective.terms, "total": total, "gradient_norm": total.new_tensor(norm)}
