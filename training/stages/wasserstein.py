"""PRGAN: a WGAN with gradient penalty, the critic at every step and the generator at every fifth.

Losses and weights of seeds.md 2.2: cycle reconstruction, content and style against the paired target, and the
critic's regressor on sources for itself and on results for the generator.
"""

import torch

from training.config import StageSettings
from training.distributed import World
from training.draws import Draws
from training.errors import RecipeError
from training.losses import adversarial
from training.losses.gaze import gaze_loss
from training.losses.reconstruction import cycle_loss
from training.models.discriminator import Judgement
from training.optim import Update, learning_rate
from training.stages import redirecting
from training.stages.moving import RedirectorStage
from training.stages.redirecting import Objective
from training.stages.stage import Batch, Losses, Networks


class WassersteinStage(RedirectorStage):
    """Adam on generator and critic."""

    def __init__(self, networks: Networks, settings: StageSettings, world: World) -> None:
        redirecting.refuse_unusable(networks, settings, "wasserstein")
        if networks.critic is None:
            raise RecipeError("stages.wasserstein: it needs a discriminator, and there is none")
        super().__init__(
            settings,
            {
                "model": Update({"model": networks.model}, settings, world),
                "critic": Update({"critic": networks.critic}, settings, world),
            },
        )
        self._model, self._critic = networks.model.train(), networks.critic.train()
        self._features = networks.features

    def step(self, batch: Batch, k: int, draws: Draws) -> Losses:
        """One step of the critic, and at every ``generator_every``-th one of the generator."""
        moves = (k + 1) % self.settings.generator_every == 0
        with torch.set_grad_enabled(moves):
            image = redirecting.redirect(self._model, batch).image
        losses = self._criticize(image.detach(), batch, k, draws)
        if not moves:
            return losses
        objective = self._objective(image, batch)
        total = objective.sum("wasserstein")
        self._updates["model"].apply(total, self.learning_rate(k))
        return {**losses, **objective.terms, "total": total}

    def _criticize(self, fake: torch.Tensor, batch: Batch, k: int, draws: Draws) -> Losses:
        w, real, objective = self.settings.loss, batch["source"], Objective()
        on_real: Judgement = self._critic(real)
        on_fake: Judgement = self._critic(fake)
        value = adversarial.discriminator_loss("wgan_gp", on_real.realness, on_fake.realness)
        objective.add("critic", w.adversarial, value)
        objective.add("critic_gaze", w.gaze, gaze_loss(on_real.gaze, _source_gaze(on_real.gaze, batch)))
        value = adversarial.gradient_penalty(lambda x: self._critic(x).realness, real, fake, draws.uniform())
        objective.add("gradient_penalty", w.gradient_penalty, value)
        rate = learning_rate(self.settings, k, self.settings.critic_learning_rate)
        self._updates["critic"].apply(objective.sum("wasserstein"), rate)
        return objective.terms

    def _objective(self, image: torch.Tensor, batch: Batch) -> Objective:
        w, objective = self.settings.loss, Objective()
        said: Judgement = self._critic(image)
        objective.add("adversarial", w.adversarial, adversarial.generator_loss("wgan_gp", said.realness))
        objective.add("gaze", w.gaze, gaze_loss(said.gaze, redirecting.wanted_gaze(said.gaze, batch)))
        if w.cycle:
            back = self._model(image, batch["target_gaze"], batch["source_gaze"], batch["head"]).image
            objective.add("cycle", w.cycle, cycle_loss(back, batch["source"]))
        redirecting.add_perceptual_terms(objective, image, batch, self.settings, self._features)
        return objective


def _source_gaze(said: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The source gaze (B, 2), but what was ``said`` of closed eyes."""
    return torch.lerp(said.detach(), batch["source_gaze"], batch["gaze_weight"][:, None])
