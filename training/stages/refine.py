"""CFGR's second stage: refiner against discriminator by turns, the flow frozen or, end to end, moving too.

Objectives as in seeds.md 1.7: the discriminator learns realness and, from real patches alone, gaze; the
generator lowers reconstruction, perceptual, gaze and adversarial terms. A frozen estimator may judge the gaze
instead of the discriminator's regressor, which can be gamed (seeds.md 8.2).
"""

from typing import Any

import torch
from torch import nn

from training.config import StageSettings
from training.distributed import World
from training.draws import Draws
from training.errors import RecipeError
from training.losses import adversarial
from training.losses.gaze import gaze_loss
from training.optim import Update, learning_rate
from training.stages import redirecting
from training.stages.moving import RedirectorStage
from training.stages.redirecting import Objective
from training.stages.stage import Batch, Losses, Networks


class RefineStage(RedirectorStage):
    """Adam on refiner and discriminator; ``end_to_end`` moves the coarse branch with the refiner."""

    def __init__(
        self, networks: Networks, settings: StageSettings, world: World, *, end_to_end: bool
    ) -> None:
        self._name = "joint" if end_to_end else "refine"
        redirecting.refuse_unusable(networks, settings, self._name)
        super().__init__(settings, {})
        self._world, self._end_to_end = world, end_to_end
        self._model = networks.model.train()
        self._guide, self._critic = networks.guide, self._opponent(networks)
        self._features = networks.features
        self._updates["model"] = Update(self._movable(), settings, world)
        if self._critic is not None:
            self._updates["critic"] = Update({"critic": self._critic}, settings, world)

    def step(self, batch: Batch, k: int, draws: Draws) -> Losses:
        """One step of the discriminator, and at every ``generator_every``-th one of the generator."""
        answer = redirecting.redirect(self._model, batch)
        losses = {} if self._critic is None else self._criticize(self._critic, answer.image, batch, k, draws)
        if (k + 1) % self.settings.generator_every:
            return losses
        objective = self._objective(answer, batch)
        total = objective.sum(self._name)
        norm = self._updates["model"].apply(total, self.learning_rate(k))
        return {**losses, **objective.terms, "total": total, "gradient_norm": total.new_tensor(norm)}

    def _opponent(self, networks: Networks) -> nn.Module | None:
        needs_regressor = self.settings.loss.gaze and networks.guide is None
        if not (self.settings.loss.adversarial or needs_regressor):
            return None
        if networks.critic is None:
            raise RecipeError(f"stages.{self._name}: its losses need a discriminator, and there is none")
        return networks.critic.train()

    def _movable(self) -> dict[str, nn.Module]:
        if self._end_to_end:
            return {"model": self._model}
        refiner = getattr(self._model, "refiner", None)
        if refiner is None:
            raise RecipeError(
                "stages.refine: this model has no refiner; set stages.refine.steps to 0, or use stages.joint"
            )
        return {"refiner": refiner}

    def _criticize(
        self, critic: nn.Module, image: torch.Tensor, batch: Batch, k: int, draws: Draws
    ) -> Losses:
        w, fake, target = self.settings.loss, image.detach(), batch["target"]
        objective = Objective()
        both = critic(torch.cat([target, fake]))
        real_scores, fake_scores = both.realness.chunk(2)
        if w.adversarial:
            value = adversarial.discriminator_loss(w.adversarial_kind, real_scores, fake_scores)
            objective.add("critic", w.adversarial, value)
        if w.gaze and self._guide is None:
            said = both.gaze[: len(target)]
            value = gaze_loss(said, redirecting.wanted_gaze(said, batch))
            objective.add("critic_gaze", w.gaze, value)
        if w.adversarial and w.adversarial_kind == "wgan_gp":
            share = draws.uniform()
            value = adversarial.gradient_penalty(lambda x: critic(x).realness, target, fake, share)
            objective.add("gradient_penalty", w.gradient_penalty, value)
        rate = learning_rate(self.settings, k, self.settings.critic_learning_rate)
        self._updates["critic"].apply(objective.sum(self._name), rate)
        return objective.terms

    def _objective(self, answer: Any, batch: Batch) -> Objective:
        w, objective = self.settings.loss, Objective()
        if self._end_to_end:
            redirecting.add_flow_terms(objective, answer, batch, self.settings, self._world)
        redirecting.add_pixel_terms(objective, answer, batch, self.settings, self._world)
        redirecting.add_consistency_terms(objective, self._model, answer, batch, self.settings)
        redirecting.add_perceptual_terms(objective, answer.image, batch, self.settings, self._features)
        said = None if self._critic is None else self._critic(answer.image)
        if w.adversarial and said is not None:
            value = adversarial.generator_loss(w.adversarial_kind, said.realness)
            objective.add("adversarial", w.adversarial, value)
        if w.gaze:
            self._add_gaze(objective, answer.image, batch, said)
        return objective

    def _add_gaze(self, objective: Objective, image: torch.Tensor, batch: Batch, said: Any) -> None:
        gaze = said.gaze if self._guide is None else self._guide(image, batch["head"])
        wanted = redirecting.wanted_gaze(gaze, batch)
        objective.add("gaze", self.settings.loss.gaze, gaze_loss(gaze, wanted))
