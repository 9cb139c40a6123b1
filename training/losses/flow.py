"""Losses of flow fields (B, 2, h, w), px."""

import torch
import torch.nn.functional as F
from torch import Tensor

from training.losses.reconstruction import weighted_mean


def flow_loss(flow: Tensor, truth: Tensor, weight: Tensor, *, px: float = 1.0) -> Tensor:
    """Distance from the true flow where its source is visible: Charbonnier, quadratic below ``px``.

    Args:
        flow: what the network says.
        truth: backward flow of the render, patch px.
        weight: (B, 1, h, w), 0 where the source point is hidden.
        px: error at which the penalty turns from squared to linear.
    """
    distance = (flow - truth).square().sum(dim=1, keepdim=True)
    return weighted_mean(torch.sqrt(distance + px * px) - px, weight)


def smoothness_loss(flow: Tensor, image: Tensor | None = None, *, edge: float = 10.0) -> Tensor:
    """Mean absolute slope of the flow, px per px; with a picture, less where that has an edge.

    Source: the edge-aware smoothness exp(-edge |dI|) of Godard et al. (CVPR 2017), for lids that slide over
    the eyeball; the recommendation of seeds 8.3.
    """
    across, down = flow.diff(dim=3).abs(), flow.diff(dim=2).abs()
    if image is not None:
        across = across * torch.exp(-edge * image.diff(dim=3).abs().mean(dim=1, keepdim=True))
        down = down * torch.exp(-edge * image.diff(dim=2).abs().mean(dim=1, keepdim=True))
    return across.mean() + down.mean()


def folding_loss(flow: Tensor) -> Tensor:
    """How far neighboring pixels are read in reversed order, px: a flow that folds doubles the lid line."""
    across, down = flow[:, :1].diff(dim=3), flow[:, 1:].diff(dim=2)
    return F.relu(-1 - across).mean() + F.relu(-1 - down).mean()
