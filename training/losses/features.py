"""Feature networks of the perceptual losses: VGG-16 from the user's own weights, or a trained estimator.

VGG's weights cannot be shipped. Who has torchvision's ``vgg16`` state dict gives its path; the recipes here
use the "loss" gaze estimator instead, which has seen nothing but eyes.
"""

import pickle
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from training.errors import CheckpointError
from training.models.gaze_estimator import GazeEstimator

VGG_PLAN = (64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512)
"""Channels of VGG-16's convolutions, 0 for pooling (Simonyan and Zisserman 2015, configuration D)."""
VGG_LAYERS = ("conv1_2", "conv2_2", "conv3_3", "conv4_3", "conv5_3")
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
Scale = Literal["imagenet", "symmetric"]


class VggFeatures(nn.Module):
    """VGG-16 up to conv5_3, after each block's last ReLU; frozen."""

    mean: Tensor
    std: Tensor

    def __init__(self, weights: Path, scale: Scale = "imagenet") -> None:
        """Load torchvision's ``vgg16`` state dict (keys ``features.0.weight`` ...).

        Args:
            weights: a file that ``torch.save`` wrote.
            scale: "imagenet" subtracts the mean that VGG was trained with; "symmetric" feeds [-1, 1] as
                PRGAN does (seeds 2.2).

        Raises:
            CheckpointError: the file is missing, not readable, or of another network.
        """
        super().__init__()
        self.features = _vgg()
        _load(self.features, weights)
        self.features.requires_grad_(False)
        mean, std = (IMAGENET_MEAN, IMAGENET_STD) if scale == "imagenet" else ((0.5,) * 3, (0.5,) * 3)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def forward(self, patch: Tensor) -> list[Tensor]:
        """Features (B, C, h', w') of the five ``VGG_LAYERS`` for patches (B, 3, h, w) in [0, 1]."""
        x, seen = (patch - self.mean) / self.std, []
        blocks_end = ("3", "8", "15", "22", "29")
        for name, layer in self.features.named_children():
            x = layer(x)
            if name in blocks_end:
                seen.append(x)
        return seen


class EstimatorFeatures(nn.Module):
    """The stages of a trained gaze estimator as features; frozen."""

    def __init__(self, estimator: GazeEstimator) -> None:
        super().__init__()
        self.estimator = estimator.eval().requires_grad_(False)

    def forward(self, patch: Tensor) -> list[Tensor]:
        """Features (B, C, h', w') of every stage, from fine to coarse, for patches in [0, 1]."""
        return self.estimator.features(patch)

    def train(self, mode: bool = True) -> "EstimatorFeatures":
        """Stays in evaluation mode whatever holds it does."""
        super().train(mode)
        self.estimator.eval()
        return self


def _vgg() -> nn.Sequential:
    """Layers in torchvision's order, so that its names fit."""
    layers: list[nn.Module] = []
    inside = 3
    for outside in VGG_PLAN:
        if outside == 0:
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(inside, outside, 3, 1, 1), nn.ReLU()]
        inside = outside
    return nn.Sequential(*layers)


def _load(features: nn.Module, weights: Path) -> None:
    """Fill VGG's layers from a file that also holds its classifier."""
    state = read_state(weights, "torchvision's vgg16")
    mine = {key.removeprefix("features."): v for key, v in state.items() if key.startswith("features.")}
    wrong = []
    for key, own in features.state_dict().items():
        got = mine.get(key)
        if got is None or got.shape != own.shape:
            wrong.append(f"features.{key} {'missing' if got is None else tuple(got.shape)}")
    extra = sorted(set(mine) - set(features.state_dict()))
    if wrong or extra:
        # a VGG-19 or a batch-norm VGG fits in part, which is worse than not at all
        reason = wrong[0] if wrong else f"features.{extra[0]} unexpected"
        raise CheckpointError(
            f"{weights}: not the weights of torchvision's vgg16: {reason}; "
            "give the plain vgg16 (not vgg19, not vgg16_bn) as torchvision saves it"
        )
    features.load_state_dict(mine)


def read_state(path: Path, what: str) -> dict[str, Tensor]:
    """A state dict from a user's file, on the CPU.

    Raises:
        CheckpointError: the file is missing, damaged or holds something else.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot read the weights of {what}: {error.strerror}") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise CheckpointError(f"{path}: not a file of weights ({what} wanted): {error}") from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise CheckpointError(
            f"{path}: holds no state dict; give the weights of {what} as torch.save wrote them"
        )
    return state
