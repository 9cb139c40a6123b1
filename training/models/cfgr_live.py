"""CFGR for the live path: the same coarse-to-fine steps within 3 ms for two eyes on one CPU.

What differs from the published size, and why:

* Strided convolutions straight from the patch to half and quarter resolution (a 4x4 convolution of stride 2
  is a pixel unshuffle with a 2x2 one), plain 3x3 convolutions with ReLU and channels in multiples of 8: the
  fast path of CPU runtimes.
* No norm layers: nothing to fold, nothing that differs between training and use.
* The refiner reads the coarse decoder's features, so that it knows the whole eye without seeing it again.
* Flow and residual are multiplied by how far the gaze is to go, so that no difference changes no pixel.
* The flow comes at half resolution and is bounded to 0.3 of the patch.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.models import guidance
from training.models.guidance import GuidanceSettings
from training.models.redirected import Redirected
from training.models.warp import warp
from vcam.geometry.patch import PATCH_SIZE

HEAD_RANGE = math.radians(30.0)
"""Head pitch and yaw that count as 1."""
CONTEXT = guidance.CHANNELS + 2
"""Planes of NPG and of the head's pitch and yaw."""


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Sizes and switches of the live CFGR."""

    stem: int = 16
    """Channels at half resolution."""
    middle: int = 32
    """Channels at quarter resolution."""
    deep: int = 64
    """Channels at eighth resolution."""
    deep_blocks: int = 2
    """Residual blocks at eighth resolution: two let every flow see the whole eye."""
    refiner_blocks: int = 1
    """Residual blocks of the refiner, at quarter resolution."""
    gazemap_gain: tuple[float, float] = (1.0, 1.0)
    range_deg: tuple[float, float] = (20.0, 20.0)
    eyeball_ratio: float = 0.65
    """Draws the eyeball of the maps as large as it is in the patch: 24 mm where 30 mm are 52 px."""
    flow_reach: float = 0.3
    """Longest flow, patch widths and heights."""
    identity_deg: float = 1.2
    """Difference at which the edit has 63 % of its strength; at twice that 98 %."""
    gaze_maps: bool = True
    """False: the ablation "no gaze map"."""
    flow: bool = True
    """False: the ablation "no flow"."""
    residual: bool = True
    """False: CGR, the coarse branch alone."""

    def __post_init__(self) -> None:
        if not (self.flow or self.residual):
            raise ValueError("a CFGR without flow and without residual does nothing: switch one of them on")

    @property
    def guidance(self) -> GuidanceSettings:
        """The part that draws NPG."""
        return GuidanceSettings(self.range_deg, self.gazemap_gain, self.eyeball_ratio, self.gaze_maps)


def strength(source_gaze: Tensor, target_gaze: Tensor, identity_deg: float) -> Tensor:
    """How much of an edit counts (B, 1, 1, 1): 0 without a difference, near 1 from 2 to 3 degrees on."""
    away = ((target_gaze - source_gaze) / math.radians(identity_deg)).square().sum(dim=1)
    return (1 - torch.exp(-away)).view(-1, 1, 1, 1)


def conv(inside: int, outside: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution with ReLU; sizes stay, or halve with stride 2 (kernel 3 or 4)."""
    layer = nn.Conv2d(inside, outside, kernel, stride, 1)
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    nn.init.zeros_(layer.bias)  # pyright: ignore[reportArgumentType]
    return nn.Sequential(layer, nn.ReLU())


class Block(nn.Module):
    """Two 3x3 convolutions around which the input passes unchanged; starts as the identity."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1)
        _zero(self.second)

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, h, w) in and out."""
        return torch.relu(x + self.second(self.first(x)))


class LiveCoarse(nn.Module):
    """Patch and context to flow, with the decoder's features for the refiner."""

    def __init__(self, settings: LiveSettings) -> None:
        super().__init__()
        s = settings
        self.to_half = conv(3, s.stem, kernel=4, stride=2)
        self.to_quarter = conv(s.stem, s.middle, stride=2)
        self.to_eighth = conv(s.middle + CONTEXT, s.deep, stride=2)
        self.trunk = nn.Sequential(*(Block(s.deep) for _ in range(s.deep_blocks)))
        self.narrow = nn.Conv2d(s.deep, s.middle, 1)
        self.decode = conv(s.middle + CONTEXT, s.middle)
        self.head = nn.Conv2d(s.middle, 2 * 4, 3, 1, 1)
        _zero(self.head)

    def forward(self, source: Tensor, context: Tensor) -> tuple[Tensor, Tensor]:
        """Unbounded flow (B, 2, h / 2, w / 2), and features (B, middle, h / 4, w / 4)."""
        quarter = self.to_quarter(self.to_half(source))
        deep = self.trunk(self.to_eighth(torch.cat([quarter, context], dim=1)))
        features = self.decode(torch.cat([quarter + _twice(self.narrow(deep)), context], dim=1))
        return F.pixel_shuffle(self.head(features), 2), features


class LiveRefiner(nn.Module):
    """Warped patch, source and the coarse features to a gated residual."""

    def __init__(self, settings: LiveSettings) -> None:
        super().__init__()
        s = settings
        self.to_half = conv(6, s.stem, kernel=4, stride=2)
        self.to_quarter = nn.Conv2d(s.stem, s.middle, 3, 2, 1)
        self.guide = nn.Conv2d(s.middle + CONTEXT, s.middle, 1)
        self.trunk = nn.Sequential(*(Block(s.middle) for _ in range(s.refiner_blocks)))
        self.widen = nn.Conv2d(s.middle, s.stem, 1)
        self.head = nn.ConvTranspose2d(s.stem, 3 + 1, 4, 2, 1)
        _zero(self.head)

    def forward(self, warped: Tensor, source: Tensor, features: Tensor, context: Tensor) -> Tensor:
        """Residual (B, 3, h, w) in (-1, 1): color tanh times gate sigmoid."""
        half = self.to_half(torch.cat([warped, source], dim=1))
        guide = self.guide(torch.cat([features, context], dim=1))
        x = self.trunk(torch.relu(self.to_quarter(half) + guide))
        drawn = self.head(torch.relu(half + _twice(self.widen(x))))
        return torch.tanh(drawn[:, :3]) * torch.sigmoid(drawn[:, 3:])


class LiveCfgr(nn.Module):
    """The live generator: both eyes at once in, redrawn patches out; patch sides divisible by 8."""

    def __init__(self, settings: LiveSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or LiveSettings()
        self.coarse = LiveCoarse(self.settings)
        self.refiner = LiveRefiner(self.settings) if self.settings.residual else None

    def forward(
        self, source: Tensor, source_gaze: Tensor, target_gaze: Tensor, head: Tensor, *, refine: bool = True
    ) -> Redirected:
        """Redirect patches (B, 3, h, w) in [0, 1]; gazes and head (B, 2) in rad.

        Args:
            source: the eye as it is.
            source_gaze: where it looks.
            target_gaze: where it is to look.
            head: where the face points.
            refine: false stops after the warp, as the first step of training does.
        """
        s = self.settings
        size = (source.shape[3] // 4, source.shape[2] // 4)
        npg = guidance.guidance(source_gaze, target_gaze, size, s.guidance)
        context = torch.cat([npg, guidance.as_planes(head / HEAD_RANGE, size)], dim=1)
        amount = strength(source_gaze, target_gaze, s.identity_deg)
        raw, features = self.coarse(source * 2 - 1, context)
        flow = self._flow(torch.tanh(raw) * amount) if s.flow else None
        warped = source if flow is None else warp(source, flow)
        residual = None
        if self.refiner is not None and refine:
            residual = amount * self.refiner(warped * 2 - 1, source * 2 - 1, features, context)
        image = warped if residual is None else (warped + residual).clamp(0, 1)
        return Redirected(image, None if flow is None else warped, flow, residual)

    def _flow(self, raw: Tensor) -> Tensor:
        width, height = PATCH_SIZE
        reach = torch.tensor([width, height], dtype=raw.dtype, device=raw.device) * self.settings.flow_reach
        return F.interpolate(raw * reach.view(1, 2, 1, 1), scale_factor=2, mode="bilinear")


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")


def _zero(layer: nn.Conv2d | nn.ConvTranspose2d) -> None:
    """A layer that says nothing until it has learned something."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)  # pyright: ignore[reportArgumentType]
