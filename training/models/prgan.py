"""PRGAN: photo-realistic gaze redirection from the target angles alone (He et al., ICCV 2019; seeds 2.2)."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from training.models import guidance
from training.models.convolutions import Trunk
from training.models.redirected import Redirected


@dataclass(frozen=True, slots=True)
class PrganSettings:
    """Sizes of PRGAN's generator."""

    width: int = 64
    blocks: int = 6
    range_deg: tuple[float, float] = guidance.COLUMBIA_RANGE_DEG
    """(pitch, yaw) that count as 1."""


class Prgan(nn.Module):
    """The generator; it draws the whole patch anew, and never sees the source's angles or the head's."""

    def __init__(self, settings: PrganSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or PrganSettings()
        self.trunk = Trunk(3 + 2, 3, self.settings.width, self.settings.blocks)

    def forward(self, source: Tensor, source_gaze: Tensor, target_gaze: Tensor, head: Tensor) -> Redirected:
        """Redirect patches (B, 3, h, w) in [0, 1] to target gazes (B, 2) in rad."""
        del source_gaze, head
        unit = torch.tensor([self.settings.range_deg], dtype=source.dtype, device=source.device)
        planes = guidance.as_planes(target_gaze * (180 / math.pi) / unit, (source.shape[3], source.shape[2]))
        drawn = torch.tanh(self.trunk(torch.cat([source * 2 - 1, planes], dim=1)))
        return Redirected((drawn + 1) / 2)
