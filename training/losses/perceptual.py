"""Losses in the space of features: content, style (Gram) and LPIPS.

A feature network is a module from patches (B, 3, h, w) in [0, 1] to a list of features (B, C, h', w'), see
``features``.
"""

from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.errors import CheckpointError
from training.losses.features import read_state


def gram(features: Tensor) -> Tensor:
    """Gram matrices (B, C, C) of features (B, C, h, w), divided by h w C (seeds 1.7)."""
    count, channels, height, width = features.shape
    flat = features.reshape(count, channels, height * width)
    return flat @ flat.transpose(1, 2) / (height * width * channels)


class Perceptual(NamedTuple):
    """The two parts of the perceptual distance, each a number."""

    content: Tensor
    style: Tensor


class PerceptualLoss(nn.Module):
    """Content and style distance: L_percep of CFGR (seeds 1.7; Johnson et al. 2016).

    The last features are compared for content, the Gram matrices of all others for style; with VGG these are
    conv5_3, and conv1_2, 2_2, 3_3, 4_3. Squared differences average over elements.
    """

    def __init__(self, features: nn.Module) -> None:
        super().__init__()
        self.features = features

    def forward(self, image: Tensor, target: Tensor) -> Perceptual:
        """Distances of patches (B, 3, h, w) in [0, 1]; gradients flow into the first."""
        drawn = self.features(image)
        with torch.no_grad():
            wanted = self.features(target)
        content = F.mse_loss(drawn[-1], wanted[-1])
        pairs = zip(drawn[:-1], wanted[:-1], strict=True)
        style = torch.stack([F.mse_loss(gram(a), gram(b)) for a, b in pairs]).sum()
        return Perceptual(content, style)


class Lpips(nn.Module):
    """LPIPS (Zhang et al., CVPR 2018): differences of unit-normalized features, weighted per channel.

    With VGG features and the published channel weights this is their measure. Without weights every channel
    counts 1: a distance of the same kind, never to be compared with a published figure.
    """

    def __init__(self, features: nn.Module, weights: Path | None = None) -> None:
        """Take the channel weights from the authors' file (keys ``lin0.model.1.weight`` ...), if any.

        Raises:
            CheckpointError: the file is missing or has no such weights.
        """
        super().__init__()
        self.features = features
        self.channel_weights = [] if weights is None else _channel_weights(weights)

    def forward(self, image: Tensor, target: Tensor) -> Tensor:
        """Distance (B,) of patches (B, 3, h, w) in [0, 1].

        Raises:
            ValueError: the channel weights belong to another feature network.
        """
        layers = list(zip(self.features(image), self.features(target), strict=True))
        if self.channel_weights and [len(w) for w in self.channel_weights] != [a.shape[1] for a, _ in layers]:
            raise ValueError("the LPIPS channel weights do not fit these features: they belong to vgg16")
        total = image.new_zeros(len(image))
        for index, (a, b) in enumerate(layers):
            apart = (F.normalize(a, eps=1e-8) - F.normalize(b, eps=1e-8)).square()
            if self.channel_weights:
                apart = apart * self.channel_weights[index].to(apart).view(1, -1, 1, 1)
            total = total + apart.sum(dim=1).mean(dim=(1, 2))
        return total


def _channel_weights(path: Path) -> list[Tensor]:
    state = read_state(path, "LPIPS for vgg")
    names = [f"lin{index}.model.1.weight" for index in range(5)]
    missing = [name for name in names if name not in state]
    if missing:
        raise CheckpointError(f"{path}: not LPIPS channel weights: {missing[0]} is missing")
    return [state[name].flatten() for name in names]
