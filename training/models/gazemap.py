"""Gaze maps as tensors, drawn analytically: exportable, and equal to ``vcam.geometry.gazemap``."""

import torch
from torch import Tensor

from vcam.geometry.gazemap import EDGE_PX, EYEBALL_RATIO, IRIS_DEPTH, MIN_FORESHORTENING


def draw_gaze_maps(gaze: Tensor, size: tuple[int, int], *, eyeball_ratio: float = EYEBALL_RATIO) -> Tensor:
    """Gaze maps (B, 2, height, width), iris and eyeball, of gazes (B, 2) in rad; size is (width, height)."""
    width, height = size
    radius = eyeball_ratio * height / 2
    x = (torch.arange(width, dtype=gaze.dtype, device=gaze.device) - (width - 1) / 2).view(1, 1, 1, width)
    y = (torch.arange(height, dtype=gaze.dtype, device=gaze.device) - (height - 1) / 2).view(1, 1, height, 1)
    angles = gaze[:, :, None, None]
    sines, cosines = torch.sin(angles).chunk(2, dim=1), torch.cos(angles).chunk(2, dim=1)
    way_x, way_y = -sines[1] * cosines[0], -sines[0]
    shortening = (cosines[0] * cosines[1]).abs().clamp_min(MIN_FORESHORTENING)
    dx, dy = x - IRIS_DEPTH * radius * way_x, y - IRIS_DEPTH * radius * way_y
    square = dx * dx + dy * dy + ((dx * way_x + dy * way_y) / shortening).square()
    # the root's slope at 0 is infinite: keep gradients finite in the very middle of the iris
    iris = _inside(radius / 2 - square.clamp_min(1e-8).sqrt())
    eyeball = _inside(radius - (x * x + y * y).sqrt())
    return torch.cat([iris, eyeball.expand_as(iris)], dim=1)


def _inside(depth_px: Tensor) -> Tensor:
    return (depth_px / EDGE_PX + 0.5).clamp(0, 1)
