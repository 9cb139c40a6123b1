"""What a stage of training is: some networks, what moves them, and one step."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import nn

from training.config import StageSettings
from training.draws import Draws

if TYPE_CHECKING:
    from collections.abc import Generator

Batch = dict[str, torch.Tensor]
"""``training.data.batches`` says what is in it; the trainer adds ``source_reading`` (B, 2), the source angles
as an estimator would give them: the truth with an error."""
Losses = dict[str, torch.Tensor]


@dataclass
class Networks:
    """All networks of a training: the model, its opponent, and the frozen ones that judge."""

    model: nn.Module
    settings_table: Mapping[str, Any]
    """The model's own settings, as ``training.models.build`` takes them."""
    critic: nn.Module | None = None
    guide: nn.Module | None = None
    """Frozen gaze estimator."""
    features: nn.Module | None = None
    """Frozen features of the perceptual loss."""

    def state_dict(self) -> dict[str, Any]:
        """The weights that training moves."""
        return {name: net.state_dict() for name, net in self._moving().items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over weights that ``state_dict`` gave."""
        for name, net in self._moving().items():
            net.load_state_dict(state[name])

    def _moving(self) -> dict[str, nn.Module]:
        return {"model": self.model} | ({"critic": self.critic} if self.critic else {})


class Stage(Protocol):
    """One way of training."""

    settings: StageSettings

    def step(self, batch: Batch, k: int, draws: Draws) -> Losses:
        """Move the networks once; ``k`` counts the steps of this stage from 0."""
        ...

    def learning_rate(self, k: int) -> float:
        """The model's rate at step ``k``."""
        ...

    def look(self, model: nn.Module, batch: Batch, sheet: Path) -> dict[str, float]:
        """Draw what ``model`` does on a batch, and return figures on it."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """What the stage needs besides the weights to go on exactly."""
        ...

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what ``state_dict`` gave."""
        ...


@contextmanager
def at_rest(model: nn.Module) -> "Generator[None]":
    """The model in evaluation mode and without gradients, and back as it was."""
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(training)
