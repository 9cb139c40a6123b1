"""The multi-task discriminator of PRGAN and CFGR: is it real, and where does it look (seeds 1.6, 2.2)."""

from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from training.models.convolutions import initialize


@dataclass(frozen=True, slots=True)
class DiscriminatorSettings:
    """Sizes of the discriminator."""

    width: int = 64
    depth: int = 5
    """Convolutions of stride 2, each doubling the channels."""
    own_layers: int = 1
    """Strided convolutions that each head has for itself: 1 in CFGR, 0 in PRGAN."""
    spectral: bool = False
    """Spectral norm on every layer, for the hinge loss."""


class Judgement(NamedTuple):
    """What the discriminator says of patches."""

    realness: Tensor
    """(B, 1, a, b) scores, higher is more real, one per part of the patch."""
    gaze: Tensor
    """(B, 2) pitch and yaw in rad."""


class Discriminator(nn.Module):
    """Convolutions 4x4 of stride 2 with LeakyReLU 0.01 and no norm, and two heads; unconditional."""

    def __init__(self, settings: DiscriminatorSettings | None = None) -> None:
        super().__init__()
        s = settings or DiscriminatorSettings()
        if not 0 <= s.own_layers < s.depth:
            raise ValueError(
                f"own_layers must be 0 to {s.depth - 1} with depth {s.depth}; got {s.own_layers}"
            )
        self.settings = s
        shared = s.depth - s.own_layers
        last = s.width << (s.depth - 1)
        self.shared = nn.Sequential(*(self._down(i) for i in range(shared)))
        self.realness = nn.Sequential(
            *(self._down(i) for i in range(shared, s.depth)), nn.Conv2d(last, 1, 2, 1, 1, bias=False)
        )
        self.gaze = nn.Sequential(
            *(self._down(i) for i in range(shared, s.depth)), nn.Conv2d(last, 2, 2, 1, 0, bias=False)
        )
        initialize(self)
        if s.spectral:
            for part in list(self.modules()):
                if isinstance(part, nn.Conv2d):
                    spectral_norm(part)

    def forward(self, patch: Tensor) -> Judgement:
        """Judge patches (B, 3, h, w) in [0, 1]; beyond 64 x 64 px the gaze head's answers average."""
        shared = self.shared(patch * 2 - 1)
        return Judgement(self.realness(shared), self.gaze(shared).mean(dim=(2, 3)))

    def _down(self, index: int) -> nn.Sequential:
        inside = 3 if index == 0 else self.settings.width << (index - 1)
        layer = nn.Conv2d(inside, self.settings.width << index, 4, 2, 1)
        return nn.Sequential(layer, nn.LeakyReLU(0.01))
