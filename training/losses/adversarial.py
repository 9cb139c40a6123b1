"""The two-player losses: which of them CFGR used is lost (seeds 1.7), so each candidate is a setting.

Scores are the discriminator's raw output, higher meaning more real, of any shape.
"""

from collections.abc import Callable
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor

Adversarial = Literal["minimax", "hinge", "wgan_gp"]


def discriminator_loss(kind: Adversarial, real: Tensor, fake: Tensor) -> Tensor:
    """What the discriminator lowers; a WGAN adds ``gradient_penalty``.

    Sources: minimax Goodfellow et al. 2014; hinge Lim and Ye 2017; Wasserstein Arjovsky et al. 2017.

    Raises:
        ValueError: no such kind.
    """
    match kind:
        case "minimax":
            return F.softplus(-real).mean() + F.softplus(fake).mean()
        case "hinge":
            return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
        case "wgan_gp":
            return fake.mean() - real.mean()
        case _:
            raise _unknown(kind)


def generator_loss(kind: Adversarial, fake: Tensor) -> Tensor:
    """What the generator lowers; for minimax the non-saturating form (Goodfellow et al. 2014).

    Raises:
        ValueError: no such kind.
    """
    match kind:
        case "minimax":
            return F.softplus(-fake).mean()
        case "hinge" | "wgan_gp":
            return -fake.mean()
        case _:
            raise _unknown(kind)


def gradient_penalty(
    realness: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor, share: Tensor
) -> Tensor:
    """How far the score's slope between real and fake patches is from 1, squared.

    Source: Gulrajani et al. 2017; PRGAN gives it the weight 10.

    Args:
        realness: patches (B, 3, h, w) to scores of any shape; their sum is what has the slope, as in PRGAN.
        real: patches.
        fake: patches; no gradient flows into them.
        share: uniform random numbers (B,) in [0, 1), the place between the two; the caller draws them, so
            that a resumed run draws the same.
    """
    mix = share.view(-1, 1, 1, 1)
    between = (mix * real.detach() + (1 - mix) * fake.detach()).requires_grad_(True)
    (slope,) = torch.autograd.grad(realness(between).sum(), between, create_graph=True)
    return (slope.flatten(1).norm(dim=1) - 1).square().mean()


def _unknown(kind: str) -> ValueError:
    return ValueError(f"unknown adversarial loss {kind!r}; known: {', '.join(get_args(Adversarial))}")
