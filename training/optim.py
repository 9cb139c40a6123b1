"""How weights move: the learning rate as a function of the step, one checked update, and their average.

Nothing here counts steps for itself, so that a resumed training needs no scheduler state.
"""

import copy
import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from training.config import StageSettings
from training.distributed import World
from training.errors import TrainingError


def learning_rate(settings: StageSettings, step: int, base: float | None = None) -> float:
    """The rate at a step of its stage (from 0): warm-up, flat, then down to 0 at the stage's end.

    ``base`` replaces ``settings.learning_rate`` (for a discriminator with a rate of its own). Flat for
    ``settings.flat`` of the steps, then linear, is the rule of CFGR and PRGAN (seeds.md 1.8, 2.2).
    """
    rate = settings.learning_rate if base is None else base
    if step < settings.warm_up_steps:
        return rate * (step + 1) / settings.warm_up_steps
    start = settings.flat * settings.steps
    if settings.decay == "none" or step < start:
        return rate
    done = (step - start) / max(settings.steps - start, 1.0)
    return rate * (1.0 - done if settings.decay == "linear" else 0.5 * (1.0 + math.cos(math.pi * done)))


class Update:
    """Adam on some parameters: gradients averaged over the processes, clipped, applied."""

    def __init__(self, networks: Mapping[str, nn.Module], settings: StageSettings, world: World) -> None:
        named = {f"{key}.{n}": p for key, net in networks.items() for n, p in net.named_parameters()}
        self._parameters = [p for p in named.values() if p.requires_grad]
        self._clip, self._world = settings.clip, world
        first, second = settings.betas
        self._adam = torch.optim.Adam(
            self._parameters, lr=settings.learning_rate, betas=(first, second), foreach=True
        )

    def apply(self, loss: torch.Tensor, rate: float) -> float:
        """One step down the gradient of ``loss`` at learning rate ``rate``.

        Returns:
            The norm of the gradient before clipping.

        Raises:
            TrainingError: the gradient is not finite; the weights are left as they were.

        """
        for parameter in self._parameters:
            parameter.grad = None
        loss.backward(inputs=self._parameters)
        self._world.average_gradients(self._parameters)
        limit = self._clip if self._clip > 0.0 else math.inf
        norm = float(nn.utils.clip_grad_norm_(self._parameters, limit, foreach=True))
        if not math.isfinite(norm):
            raise TrainingError(
                f"the gradient is {norm} (loss {float(loss):g}); lower the stage's learning_rate or clip, "
                "and resume from the last checkpoint"
            )
        for group in self._adam.param_groups:
            group["lr"] = rate
        self._adam.step()
        return norm

    def state_dict(self) -> dict[str, Any]:
        """Adam's moments."""
        return self._adam.state_dict()

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from moments that ``state_dict`` gave."""
        self._adam.load_state_dict(dict(state))


class WeightAverage:
    """Exponential moving average of a model's weights; steadier than the last step's."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.model = copy.deepcopy(model).eval().requires_grad_(requires_grad=False)

    @torch.no_grad()
    def follow(self, model: nn.Module, step: int) -> None:
        """Move toward the weights after ``step`` (from 0); early steps count more, not to keep the start."""
        keep = min(self.decay, (1.0 + step) / (10.0 + step))
        pairs = list(_floats(self.model, model))
        torch._foreach_lerp_(  # pyright: ignore[reportPrivateImportUsage]
            [mean for mean, _ in pairs], [new for _, new in pairs], 1.0 - keep
        )
        for mean, new in zip(self.model.buffers(), model.buffers(), strict=True):
            mean.copy_(new)


def _floats(average: nn.Module, model: nn.Module) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    yield from zip(average.parameters(), model.parameters(), strict=True)
