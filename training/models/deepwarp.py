"""DeepWarp: coarse and fine flow, then a lightness correction (Ganin et al., ECCV 2016; seeds 2.1).

The paper feeds positions relative to seven landmarks of the eye. The patches here are already aligned by the
canthi, so the landmarks stand where a mean eye has them; CFGR's version puts their mean for the pupil, so
does this one, and it moves in both directions.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.models import guidance
from training.models.redirected import Redirected
from training.models.warp import warp
from vcam.geometry.patch import CANTHUS_SPAN_PX, CANTHUS_Y_PX, PATCH_SIZE

MEAN_LIDS = ((-0.5, 0.0), (-0.2, -0.17), (0.2, -0.17), (0.5, 0.0), (0.2, 0.12), (-0.2, 0.12))
"""(x, y) of six eyelid points around the eye's middle, eye widths: dlib's points on a mean eye."""
CODE = 16
"""Planes of the angle code."""


@dataclass(frozen=True, slots=True)
class DeepWarpSettings:
    """Choices the ports of DeepWarp differ in."""

    unit_deg: float = 90.0
    """Difference angle that counts as 1."""
    lightness: bool = True
    """Whether the lightness correction follows the warp."""


class DeepWarp(nn.Module):
    """Two passes of one architecture, at half and at full resolution; patch sides divisible by 2."""

    landmarks: Tensor

    def __init__(self, settings: DeepWarpSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or DeepWarpSettings()
        self.register_buffer("landmarks", _landmarks(), persistent=False)
        self.angles = nn.Sequential(nn.Linear(2, CODE), nn.ReLU(), nn.Linear(CODE, CODE), nn.ReLU())
        planes = 3 + 2 * (len(MEAN_LIDS) + 1) + CODE
        self.coarse = _Pass(planes)
        self.fine = _Pass(planes + 2 + 3)
        self.lightness = nn.Sequential(
            nn.Conv2d(2 * _Pass.WIDTH, 8, 1),
            nn.ReLU(),
            nn.Conv2d(8, 8, 1),
            nn.ReLU(),
            nn.Conv2d(8, 2, 1),
        )

    def forward(self, source: Tensor, source_gaze: Tensor, target_gaze: Tensor, head: Tensor) -> Redirected:
        """Redirect patches (B, 3, h, w) in [0, 1]; gazes (B, 2) in rad, the head's is not used."""
        del head
        unit = math.radians(self.settings.unit_deg)
        code = self.angles((target_gaze - source_gaze) / unit)
        small, coarse_features = self.coarse(self._inputs(F.avg_pool2d(source, 2), code))
        coarse_flow = F.interpolate(small, scale_factor=2, mode="nearest")
        coarse = warp(source, self._to_px(coarse_flow, source))
        fine_inputs = torch.cat([self._inputs(source, code), coarse_flow, coarse], dim=1)
        correction, fine_features = self.fine(fine_inputs)
        flow = self._to_px(coarse_flow + correction, source)
        warped = warp(source, flow)
        if not self.settings.lightness:
            return Redirected(warped, warped, flow)
        both = torch.cat([F.interpolate(coarse_features, scale_factor=2), fine_features], dim=1)
        palette = torch.softmax(self.lightness(both), dim=1)
        image = palette[:, :1] * warped + palette[:, 1:]
        return Redirected(image, warped, flow, image - warped)

    def _inputs(self, patch: Tensor, code: Tensor) -> Tensor:
        """Patch, positions from each landmark (in patch widths and heights) and angle code, as planes."""
        height, width = patch.shape[-2:]
        x = (torch.arange(width, dtype=patch.dtype, device=patch.device) + 0.5) / width
        y = (torch.arange(height, dtype=patch.dtype, device=patch.device) + 0.5) / height
        across = (x.view(1, 1, width) - self.landmarks[:, :1, None]).expand(-1, height, -1)
        down = (y.view(1, height, 1) - self.landmarks[:, 1:, None]).expand(-1, -1, width)
        positions = torch.cat([across, down])[None].expand(patch.shape[0], -1, -1, -1)
        return torch.cat([patch, positions, guidance.as_planes(code, (width, height))], dim=1)

    @staticmethod
    def _to_px(flow: Tensor, patch: Tensor) -> Tensor:
        half = torch.tensor([(patch.shape[3] - 1) / 2, (patch.shape[2] - 1) / 2], dtype=flow.dtype)
        return flow * half.to(flow.device).view(1, 2, 1, 1)


class _Pass(nn.Module):
    """Planes to a flow in (-1, 1), half patches, and the features before it."""

    WIDTH = 32

    def __init__(self, planes: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            _layer(planes, 16, 5), _layer(16, 32, 3), _layer(32, 32, 3), _layer(32, self.WIDTH, 1)
        )
        self.flow = nn.Conv2d(self.WIDTH, 2, 1)
        nn.init.zeros_(self.flow.weight)
        nn.init.zeros_(self.flow.bias)  # pyright: ignore[reportArgumentType]

    def forward(self, planes: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(planes)
        return torch.tanh(self.flow(features)), features


def _layer(inside: int, outside: int, kernel: int) -> nn.Sequential:
    convolution = nn.Conv2d(inside, outside, kernel, 1, kernel // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outside), nn.ReLU())


def _landmarks() -> Tensor:
    """Seven landmarks (7, 2) in patch widths and heights: six of the lids and their mean."""
    width, height = PATCH_SIZE
    points = torch.tensor(MEAN_LIDS) * CANTHUS_SPAN_PX + torch.tensor([width / 2, CANTHUS_Y_PX + 0.5])
    points = points / torch.tensor([float(width), float(height)])
    return torch.cat([points, points.mean(dim=0, keepdim=True)])
