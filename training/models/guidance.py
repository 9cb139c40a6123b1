"""The guidance tensor NPG of CFGR: where the eye looks, where it is to look, and the way between."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from training.models.gazemap import draw_gaze_maps
from vcam.geometry.gazemap import EYEBALL_RATIO

CHANNELS = 6
"""Two planes of angle difference, two maps of the source, two of the target (seeds 1.3)."""
COLUMBIA_RANGE_DEG = (10.0, 15.0)
"""(pitch, yaw) that ColumbiaGaze's angles are divided by."""
COLUMBIA_GAIN = (1 / math.radians(10.0), 1 / math.radians(15.0))
"""Gain that draws Columbia's normalized angles as if they were rad: the exaggerated maps of seeds 1.4."""


@dataclass(frozen=True, slots=True)
class GuidanceSettings:
    """How angles become planes."""

    range_deg: tuple[float, float] = COLUMBIA_RANGE_DEG
    """(pitch, yaw) that count as 1 in the difference planes."""
    gazemap_gain: tuple[float, float] = (1.0, 1.0)
    """(pitch, yaw) factors before drawing; ``COLUMBIA_GAIN`` exaggerates."""
    eyeball_ratio: float = EYEBALL_RATIO
    gaze_maps: bool = True
    """False draws empty maps: the ablation "no gaze map"."""


def difference(source_gaze: Tensor, target_gaze: Tensor, settings: GuidanceSettings) -> Tensor:
    """Target minus source (B, 2), in units of ``range_deg``."""
    return (target_gaze - source_gaze) * _pair(source_gaze, [math.degrees(1 / r) for r in settings.range_deg])


def guidance(
    source_gaze: Tensor, target_gaze: Tensor, size: tuple[int, int], settings: GuidanceSettings
) -> Tensor:
    """NPG (B, 6, height, width) of gazes (B, 2) in rad; size is (width, height)."""
    planes = as_planes(difference(source_gaze, target_gaze, settings), size)
    if not settings.gaze_maps:
        return F.pad(planes, (0, 0, 0, 0, 0, 4))
    gain = _pair(source_gaze, settings.gazemap_gain)
    # all at once: on so few pixels it is the number of operations that costs
    gazes = torch.cat([source_gaze, target_gaze]) * gain
    maps = draw_gaze_maps(gazes, size, eyeball_ratio=settings.eyeball_ratio)
    return torch.cat([planes, *maps.chunk(2)], dim=1)


def as_planes(values: Tensor, size: tuple[int, int]) -> Tensor:
    """Values (B, K) as constant planes (B, K, height, width)."""
    width, height = size
    return values[:, :, None, None].expand(-1, -1, height, width)


def _pair(like: Tensor, values: tuple[float, float] | list[float]) -> Tensor:
    return torch.tensor([values], dtype=like.dtype, device=like.device)
