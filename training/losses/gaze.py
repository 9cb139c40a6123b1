"""Losses of gazes (B, 2), pitch and yaw in rad."""

import math

import torch
from torch import Tensor, nn

COLUMBIA_UNIT_DEG = (10.0, 15.0)
"""(pitch, yaw) error that counts as 1: the scale on which PRGAN's weight 5 was chosen (seeds 1.2)."""


def gaze_loss(gaze: Tensor, truth: Tensor, unit_deg: tuple[float, float] = COLUMBIA_UNIT_DEG) -> Tensor:
    """Mean squared error in units of ``unit_deg``: L_gaze of CFGR, of both players (seeds 1.7)."""
    unit = torch.tensor([[math.radians(u) for u in unit_deg]], dtype=gaze.dtype, device=gaze.device)
    return ((gaze - truth) / unit).square().mean()


def gaze_likelihood_loss(gaze: Tensor, log_sigma: Tensor, truth: Tensor, *, beta: float = 0.5) -> Tensor:
    """Negative log likelihood of a normal error, for estimators that say how sure they are.

    Source: Kendall and Gal, NeurIPS 2017; each sample weighted by sigma^(2 beta) as in Seitzer et al., ICLR
    2022, without which samples called uncertain are never learned. beta 0 is the plain likelihood.
    """
    sigma = log_sigma.exp()
    surprise = 0.5 * ((gaze - truth) / sigma).square() + log_sigma
    return (surprise * sigma.detach().pow(2 * beta)).mean()


def agreement_loss(left: Tensor, right: Tensor, left_target: Tensor, right_target: Tensor) -> Tensor:
    """How far the two eyes of a face miss their targets in different directions, rad^2 (seeds 8.2, 8.3).

    All (B, 2) in the patch frame, where the right eye is mirrored: errors to the same side of the picture
    have opposite yaw there.
    """
    a, b = left - left_target, right - right_target
    pitch, yaw = a[:, 0] - b[:, 0], a[:, 1] + b[:, 1]
    return (pitch.square() + yaw.square()).mean()


class FrozenGaze(nn.Module):
    """An estimator that judges and never learns; gradients pass through it to the patch.

    The regressor inside a discriminator can be gamed; a frozen one cannot (seeds 8.2).
    """

    def __init__(self, estimator: nn.Module) -> None:
        super().__init__()
        self.estimator = estimator.eval().requires_grad_(False)

    def forward(self, patch: Tensor, head: Tensor) -> Tensor:
        """Gaze (B, 2) of patches (B, 3, h, w) in [0, 1] under head poses (B, 2)."""
        return self.estimator(patch, head)[0]

    def train(self, mode: bool = True) -> "FrozenGaze":
        """Stays in evaluation mode whatever holds it does."""
        super().train(mode)
        self.estimator.eval()
        return self
