"""What a model file offers: a network's inputs and outputs by name, for both eyes at once."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from export.errors import ExportError
from training.models.redirected import Redirected
from vcam.geometry.patch import PATCH_SIZE

Precision = Literal["fp32", "fp16"]
EYES = 2
"""The batch: the subject's left eye, and the right one mirrored."""


@dataclass(frozen=True, slots=True)
class Port:
    """One tensor that enters or leaves, always float32."""

    name: str
    shape: tuple[int, ...]
    meaning: str


PATCH = Port("patch", (EYES, 3, PATCH_SIZE[1], PATCH_SIZE[0]), "left and mirrored right eye, RGB in [0, 1]")
HEAD = Port("head", (EYES, 2), "pitch and yaw of the face, rad, patch frame")
REDIRECT_INPUTS = (
    PATCH,
    Port("source_gaze", (EYES, 2), "pitch and yaw of where the eye looks, rad, patch frame"),
    Port("target_gaze", (EYES, 2), "pitch and yaw of where it is to look, rad, patch frame"),
    HEAD,
)
REDIRECT_OUTPUTS = (
    Port("flow", (EYES, 2, PATCH_SIZE[1], PATCH_SIZE[0]), "backward flow (dx, dy), patch px"),
    Port("residual", PATCH.shape, "RGB in [-1, 1], to be added after warping; already gated"),
    Port("image", PATCH.shape, "clamp(warp(patch, flow) + residual), RGB in [0, 1]"),
)
ESTIMATE_INPUTS = (PATCH, HEAD)
ESTIMATE_OUTPUTS = (
    Port("gaze", (EYES, 2), "pitch and yaw of where the eye looks, rad, patch frame"),
    Port("sigma", (EYES, 2), "standard deviation of their errors, rad"),
)


@dataclass(frozen=True)
class Graph:
    """A network as a model file shows it."""

    module: nn.Module
    task: Literal["redirect-eyes", "estimate-gaze"]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]

    def examples(self) -> tuple[Tensor, ...]:
        """Inputs of the right shapes, away from every special case."""
        random = torch.Generator().manual_seed(1)
        return tuple(torch.rand(port.shape, generator=random) * 0.5 for port in self.inputs)


def graph_of(model_name: str, model: nn.Module, precision: Precision = "fp32") -> Graph:
    """The graph of a trained network, in evaluation mode; fp16 changes the network in place.

    Raises:
        ExportError: this network has no place in the product, or not in this precision.
    """
    model.eval()
    if precision == "fp16":
        halve(model)
    match model_name:
        case "cfgr" | "deepwarp" | "prgan":
            return Graph(_Redirect(model), "redirect-eyes", REDIRECT_INPUTS, REDIRECT_OUTPUTS)
        case "gaze_estimator":
            return Graph(_Estimate(model), "estimate-gaze", ESTIMATE_INPUTS, ESTIMATE_OUTPUTS)
        case _:
            raise ExportError(
                f"a {model_name} is not exported: only the redirectors cfgr, deepwarp and prgan and the "
                "gaze_estimator run in the product"
            )


class _Redirect(nn.Module):
    """A redirector; a step it does not have is zero, a picture drawn anew is all residual."""

    def __init__(self, redirector: nn.Module) -> None:
        super().__init__()
        self.redirector = redirector

    def forward(
        self, patch: Tensor, source_gaze: Tensor, target_gaze: Tensor, head: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        done: Redirected = self.redirector(patch, source_gaze, target_gaze, head)
        flow = torch.zeros_like(patch[:, :2]) if done.flow is None else done.flow
        residual = done.residual
        if residual is None:
            residual = done.image - (patch if done.warped is None else done.warped)
        return flow, residual, done.image


class _Estimate(nn.Module):
    """A gaze estimator that says sigma instead of its logarithm."""

    def __init__(self, estimator: nn.Module) -> None:
        super().__init__()
        self.estimator = estimator

    def forward(self, patch: Tensor, head: Tensor) -> tuple[Tensor, Tensor]:
        gaze, log_sigma = self.estimator(patch, head)
        return gaze, log_sigma.exp()


def halve(model: nn.Module) -> None:
    """Put each of a network's parts into FP16 and leave what stands between them in FP32.

    Between the parts lies the geometry: gaze maps and the places that are read, up to 6143, which FP16 cannot
    count. Instance norm adds up whole planes, and its sums overflow, so networks with it are refused.

    Raises:
        ExportError: the network has instance norm.
    """
    if any(isinstance(part, nn.InstanceNorm2d) for part in model.modules()):
        raise ExportError("a network with instance norm is not exported in FP16: its statistics overflow")
    for name, child in model.named_children():
        if isinstance(child, nn.ModuleList):
            setattr(model, name, nn.ModuleList(_Half(part) for part in child))
        else:
            setattr(model, name, _Half(child))


class _Half(nn.Module):
    """A part of a network in FP16 between FP32 ends."""

    def __init__(self, part: nn.Module) -> None:
        super().__init__()
        self.part = part.half()

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        answer = self.part(*(each.half() for each in inputs))
        return answer.float() if isinstance(answer, Tensor) else tuple(each.float() for each in answer)
