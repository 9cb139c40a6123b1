"""Gaze estimators: three networks that share nothing but their job.

One runs in the product, one is frozen inside the gaze loss, and one scores, so that a redirector can fool
none of them by having learned another. All see an eye patch and the head's direction, and give the gaze with
the logarithm of its standard deviation, per axis.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from vcam.geometry.patch import PATCH_SIZE

Architecture = Literal["runtime", "loss", "scoring"]

LOG_SIGMA_RANGE = (-5.0, 0.0)
"""Bounds of log sigma: 0.4 to 57 degrees."""
HEAD_RANGE = math.radians(30.0)
"""Head pitch and yaw that count as 1."""


@dataclass(frozen=True, slots=True)
class EstimatorSettings:
    """Which of the three, and how wide."""

    architecture: Architecture = "runtime"
    width: int = 24
    """Channels of the first stage, a multiple of 8."""


class GazeEstimator(nn.Module):
    """Patch and head pose to gaze and its uncertainty, for patches of ``PATCH_SIZE``."""

    def __init__(self, settings: EstimatorSettings | None = None) -> None:
        super().__init__()
        s = settings or EstimatorSettings()
        self.settings = s
        match s.architecture:
            case "runtime":
                stages, channels, cells = runtime_stages(s.width)
            case "loss":
                stages, channels, cells = loss_stages(s.width)
            case "scoring":
                stages, channels, cells = scoring_stages(s.width)
            case _:
                known = ", ".join(get_args(Architecture))
                raise ValueError(f"unknown gaze estimator {s.architecture!r}; known: {known}")
        self.stages = nn.ModuleList(stages)
        hidden = 2 * channels
        self.flat = nn.Sequential(nn.Flatten(), nn.Linear(channels * cells, hidden), nn.ReLU())
        self.answer = nn.Sequential(nn.Linear(hidden + 2, hidden // 2), nn.ReLU(), nn.Linear(hidden // 2, 4))

    def forward(self, patch: Tensor, head: Tensor) -> tuple[Tensor, Tensor]:
        """Gaze (B, 2) in rad and log sigma (B, 2) of patches (B, 3, 64, 96) in [0, 1], head (B, 2) in rad.

        Raises:
            ValueError: the patches have another size.
        """
        width, height = PATCH_SIZE
        if tuple(patch.shape[1:]) != (3, height, width):
            raise ValueError(f"patches must be (B, 3, {height}, {width}); got {tuple(patch.shape)}")
        features = self.features(patch)[-1]
        raw = self.answer(torch.cat([self.flat(features), head / HEAD_RANGE], dim=1))
        low, high = LOG_SIGMA_RANGE
        log_sigma = (low + high) / 2 + (high - low) / 2 * torch.tanh(raw[:, 2:])
        return raw[:, :2], log_sigma

    def features(self, patch: Tensor) -> list[Tensor]:
        """What each stage sees in patches (B, 3, h, w) in [0, 1]: (B, C, h', w') from fine to coarse."""
        x, seen = patch * 2 - 1, []
        for stage in self.stages:
            x = stage(x)
            seen.append(x)
        return seen


def runtime_stages(width: int) -> tuple[list[nn.Module], int, int]:
    """Few large steps, batch norm that folds into the convolutions: made for one CPU core."""
    stages: list[nn.Module] = [
        nn.Sequential(*_folding(3, width, 8, 4)),
        nn.Sequential(*_folding(width, 2 * width, 3, 2), *_folding(2 * width, 2 * width, 3, 1)),
        nn.Sequential(*_folding(2 * width, 3 * width, 3, 2), *_folding(3 * width, 3 * width, 3, 1)),
    ]
    return stages, 3 * width, 4 * 6


def loss_stages(width: int) -> tuple[list[nn.Module], int, int]:
    """A small residual network with group norm (He et al. 2016; Wu and He 2018)."""
    stages: list[nn.Module] = [nn.Sequential(nn.Conv2d(3, width, 5, 2, 2), nn.GroupNorm(8, width), nn.ReLU())]
    sizes = [width, 2 * width, 4 * width, 4 * width]
    stages += [_Residual(inside, outside, stride=2) for inside, outside in pairwise(sizes)]
    return stages, 4 * width, 4 * 6


def scoring_stages(width: int) -> tuple[list[nn.Module], int, int]:
    """Plain pairs of 3x3 convolutions with average pooling (after Simonyan and Zisserman 2015)."""
    sizes = [3, width, 2 * width, 4 * width, 6 * width, 6 * width]
    stages: list[nn.Module] = []
    for index, (inside, outside) in enumerate(pairwise(sizes)):
        pool = [nn.AvgPool2d(2)] if index else []
        stages.append(nn.Sequential(*pool, *_plain(inside, outside), *_plain(outside, outside)))
    return stages, 6 * width, 4 * 6


class _Residual(nn.Module):
    def __init__(self, inside: int, outside: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
            nn.GroupNorm(8, outside),
            nn.ReLU(),
            nn.Conv2d(outside, outside, 3, 1, 1, bias=False),
            nn.GroupNorm(8, outside),
        )
        same = stride == 1 and inside == outside
        self.around = nn.Identity() if same else nn.Conv2d(inside, outside, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.around(x) + self.body(x))


def _folding(inside: int, outside: int, kernel: int, stride: int) -> list[nn.Module]:
    padding = (kernel - stride + 1) // 2
    layer = nn.Conv2d(inside, outside, kernel, stride, padding, bias=False)
    return [layer, nn.BatchNorm2d(outside), nn.ReLU()]


def _plain(inside: int, outside: int) -> list[nn.Module]:
    return [nn.Conv2d(inside, outside, 3, 1, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
