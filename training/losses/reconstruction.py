"""Losses that compare pictures (B, C, h, w) pixel by pixel.

A weight (B, 1, h, w), where there is one, says how much each pixel counts; the mean is over what counts.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def weighted_mean(values: Tensor, weight: Tensor | None) -> Tensor:
    """Mean of values (B, C, h, w) under a weight (B, 1, h, w); 0 where nothing counts at all."""
    if weight is None:
        return values.mean()
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp_min(1e-6)


def coarse_loss(warped: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean squared distance of the warped patch: L_coarse of CFGR (seeds 1.7)."""
    return weighted_mean((warped - target).square(), weight)


def reconstruction_loss(image: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute distance of the finished patch: L_rec of CFGR (seeds 1.7)."""
    return weighted_mean((image - target).abs(), weight)


def cycle_loss(returned: Tensor, source: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute distance of a patch redirected there and back again: PRGAN's cycle (seeds 2.2)."""
    return reconstruction_loss(returned, source, weight)


def identity_loss(image: Tensor, source: Tensor, source_gaze: Tensor, target_gaze: Tensor) -> Tensor:
    """Mean absolute change of the patches whose gaze is to stay; fades within 2 degrees of difference.

    Source: the recommendation of seeds 8.3. Gazes (B, 2) in rad.
    """
    away_deg = torch.rad2deg((target_gaze - source_gaze).norm(dim=1))
    stays = (1 - away_deg / 2).clamp_min(0)
    change = (image - source).abs().mean(dim=(1, 2, 3))
    return (change * stays).sum() / stays.sum().clamp_min(1e-6)


def gradient_loss(image: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute distance of the picture's slopes: keeps lid lines and the limbus sharp (Mathieu 2016)."""
    across = F.pad((image - target).diff(dim=3), (0, 1))
    down = F.pad((image - target).diff(dim=2), (0, 0, 0, 1))
    return weighted_mean(across.abs() + down.abs(), weight)


def residual_loss(residual: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute residual: what the flow can do, the flow shall do.

    With the complement of the eye mask as the weight it keeps the residual in the eye (seeds 8.3).
    """
    return weighted_mean(residual.abs(), weight)
