"""What the stages share: Adam on some networks, its rate, its state, and how a redirector is looked at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import nn

from training.config import StageSettings
from training.optim import Update, learning_rate
from training.stages import redirecting
from training.stages.stage import Batch


class MovingStage:
    """A stage that moves networks by the updates that it holds, by name."""

    def __init__(self, settings: StageSettings, updates: Mapping[str, Update]) -> None:
        self.settings, self._updates = settings, dict(updates)

    def learning_rate(self, k: int) -> float:
        """The model's rate at step ``k``."""
        return learning_rate(self.settings, k)

    def state_dict(self) -> dict[str, Any]:
        """Adam's moments."""
        return {name: update.state_dict() for name, update in self._updates.items()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        for name, update in self._updates.items():
            update.load_state_dict(state[name])


class RedirectorStage(MovingStage):
    """A stage that trains a redirector."""

    def look(self, model: nn.Module, batch: Batch, sheet: Path) -> dict[str, float]:
        """Draw and measure what the model does."""
        return redirecting.look(model, batch, sheet)
