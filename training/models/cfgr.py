"""CFGR in its published size: a coarse flow, then a residual (He et al., WACV 2021; seeds 1.3 to 1.6).

Layers that the paper leaves open follow PRGAN's conventions, as reconstructed in seeds 1.5 and 1.6.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.models import guidance
from training.models.convolutions import Trunk, initialize, strided, transposed
from training.models.guidance import GuidanceSettings
from training.models.redirected import Redirected
from training.models.warp import warp

HEAD_RANGE = math.radians(30.0)
"""Head yaw that counts as 1."""


@dataclass(frozen=True, slots=True)
class CfgrSettings:
    """Sizes and switches of CFGR."""

    width: int = 64
    """Channels of the coarse branch at full resolution; 32 and 16 are its half and quarter width."""
    refiner_width: int = 64
    refiner_blocks: int = 6
    gazemap_gain: tuple[float, float] = guidance.COLUMBIA_GAIN
    range_deg: tuple[float, float] = guidance.COLUMBIA_RANGE_DEG
    eyeball_ratio: float = guidance.EYEBALL_RATIO
    gaze_maps: bool = True
    """False: the ablation "no gaze map"."""
    flow: bool = True
    """False: the ablation "no flow", the residual is added to the source itself."""
    residual: bool = True
    """False: CGR, the coarse branch alone."""

    def __post_init__(self) -> None:
        if not (self.flow or self.residual):
            raise ValueError("a CFGR without flow and without residual does nothing: switch one of them on")

    @property
    def guidance(self) -> GuidanceSettings:
        """The part that draws NPG."""
        return GuidanceSettings(self.range_deg, self.gazemap_gain, self.eyeball_ratio, self.gaze_maps)


class CoarseBranch(nn.Module):
    """Encoder-decoder from a patch to a flow; NPG enters before each of the decoder's steps."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        slope, npg = nn.LeakyReLU(0.2), guidance.CHANNELS
        self.encoder = nn.Sequential(
            strided(3 + 1, width, slope, kernel=7),
            strided(width, 2 * width, slope),
            strided(2 * width, 4 * width, slope),
            strided(4 * width, 4 * width, slope),
        )
        self.decoder = nn.ModuleList(
            [
                transposed(4 * width + npg, 4 * width),
                transposed(4 * width + npg, 2 * width),
                transposed(2 * width + npg, width),
            ]
        )
        self.flow = nn.Conv2d(width + npg, 2, 7, 1, 3)
        initialize(self)
        nn.init.zeros_(self.flow.weight)

    def forward(self, source: Tensor, head: Tensor, npg: Tensor) -> Tensor:
        """Flow (B, 2, h, w), px, at most half a patch, of a source in [-1, 1] and its head plane."""
        x = self.encoder(torch.cat([source, head], dim=1))
        for step, shrink in zip(self.decoder, (8, 4, 2), strict=True):
            x = step(torch.cat([x, F.avg_pool2d(npg, shrink)], dim=1))
        height, width = source.shape[-2:]
        half = torch.tensor([(width - 1) / 2, (height - 1) / 2], dtype=x.dtype, device=x.device)
        return torch.tanh(self.flow(torch.cat([x, npg], dim=1))) * half.view(1, 2, 1, 1)


class Refiner(nn.Module):
    """Generator of the residual: what warping cannot do (PRGAN's trunk with 13 input channels)."""

    def __init__(self, width: int = 64, blocks: int = 6) -> None:
        super().__init__()
        self.trunk = Trunk(3 + 3 + 1 + guidance.CHANNELS, 3, width, blocks)
        nn.init.zeros_(self.trunk.head.weight)

    def forward(self, warped: Tensor, source: Tensor, head: Tensor, npg: Tensor) -> Tensor:
        """Residual (B, 3, h, w) in [-1, 1] of pictures in [-1, 1]."""
        return torch.tanh(self.trunk(torch.cat([warped, source, head, npg], dim=1)))


class Cfgr(nn.Module):
    """The generator: source patch and gazes in, redrawn patch out; patch sides divisible by 8."""

    def __init__(self, settings: CfgrSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or CfgrSettings()
        s = self.settings
        self.coarse = CoarseBranch(s.width) if s.flow else None
        self.refiner = Refiner(s.refiner_width, s.refiner_blocks) if s.residual else None

    def forward(
        self, source: Tensor, source_gaze: Tensor, target_gaze: Tensor, head: Tensor, *, refine: bool = True
    ) -> Redirected:
        """Redirect patches (B, 3, h, w) in [0, 1]; gazes and head (B, 2) in rad.

        Args:
            source: the eye as it is.
            source_gaze: where it looks.
            target_gaze: where it is to look.
            head: where the face points; its yaw alone is used.
            refine: false stops after the warp, as the first step of training does.
        """
        size = (source.shape[3], source.shape[2])
        npg = guidance.guidance(source_gaze, target_gaze, size, self.settings.guidance)
        plane = guidance.as_planes(head[:, 1:] / HEAD_RANGE, size)
        flow = None if self.coarse is None else self.coarse(source * 2 - 1, plane, npg)
        warped = source if flow is None else warp(source, flow)
        residual = None
        if self.refiner is not None and refine:
            # a step of the residual spans 2 in the network's range and 1 in the picture's
            residual = self.refiner(warped * 2 - 1, source * 2 - 1, plane, npg) / 2
        image = warped if residual is None else (warped + residual).clamp(0, 1)
        return Redirected(image, None if flow is None else warped, flow, residual)
