"""What all stages that train a redirector share: its call, its common losses, and how it is looked at."""

from pathlib import Path

import torch
from torch import nn

from training import metrics, sheets
from training.config import StageSettings
from training.distributed import World
from training.errors import RecipeError
from training.losses import flow as flows
from training.losses import reconstruction as pixels
from training.losses.perceptual import PerceptualLoss
from training.losses.temporal import temporal_loss
from training.models.redirected import Redirected
from training.stages.stage import Batch, Losses, Networks, at_rest

_ON_SHEET = 32


class Objective:
    """A weighted sum of named terms; each term's own value goes into the log."""

    def __init__(self) -> None:
        self.terms: Losses = {}
        self.total: torch.Tensor | None = None

    def add(self, name: str, weight: float, value: torch.Tensor) -> None:
        """One more term."""
        self.terms[name] = value.detach()
        weighted = weight * value
        self.total = weighted if self.total is None else self.total + weighted

    def sum(self, stage: str) -> torch.Tensor:
        """The objective.

        Raises:
            RecipeError: all weights are 0.

        """
        if self.total is None:
            raise RecipeError(f"stages.{stage}.loss: every weight that this stage knows is 0")
        return self.total


def redirect(model: nn.Module, batch: Batch, *, refine: bool | None = None) -> Redirected:
    """The model's answer to the batch's task, with source angles as read, not as true."""
    options = {} if refine is None else {"refine": refine}
    return model(batch["source"], batch["source_reading"], batch["target_gaze"], batch["head"], **options)


def pixel_weight(batch: Batch, settings: StageSettings) -> torch.Tensor | None:
    """(B, 1, h, w): 1, and more where an edit is expected; None counts all alike."""
    return 1.0 + settings.eye_weight * batch["eye_mask"] if settings.eye_weight else None


def add_flow_terms(
    objective: Objective, answer: Redirected, batch: Batch, settings: StageSettings, world: World
) -> None:
    """The terms of the warp: pixels, true flow, smoothness, folding."""
    if answer.flow is None or answer.warped is None:
        return
    w, weight = settings.loss, pixel_weight(batch, settings)
    if w.coarse:
        fair = 1.0 if weight is None else world.fairness(weight)
        objective.add("coarse", w.coarse, fair * pixels.coarse_loss(answer.warped, batch["target"], weight))
    if w.flow:
        known = batch["flow_weight"]
        distance = flows.flow_loss(answer.flow, batch["flow"], known)
        objective.add("flow", w.flow, world.fairness(known) * distance)
    if w.smoothness:
        objective.add("smoothness", w.smoothness, flows.smoothness_loss(answer.flow, batch["source"]))
    if w.folding:
        objective.add("folding", w.folding, flows.folding_loss(answer.flow))


def add_pixel_terms(
    objective: Objective, answer: Redirected, batch: Batch, settings: StageSettings, world: World
) -> None:
    """The terms of the finished picture that need no other network."""
    w, weight = settings.loss, pixel_weight(batch, settings)
    fair = 1.0 if weight is None else world.fairness(weight)
    if w.reconstruction:
        value = pixels.reconstruction_loss(answer.image, batch["target"], weight)
        objective.add("reconstruction", w.reconstruction, fair * value)
    if w.gradient:
        value = pixels.gradient_loss(answer.image, batch["target"], weight)
        objective.add("gradient", w.gradient, fair * value)
    if w.residual and answer.residual is not None:
        allowed = batch["eye_mask"]
        value = pixels.residual_loss(answer.residual, allowed)
        objective.add("residual", w.residual, world.fairness(1.0 - allowed) * value)


def add_perceptual_terms(
    objective: Objective,
    image: torch.Tensor,
    batch: Batch,
    settings: StageSettings,
    features: nn.Module | None,
) -> None:
    """The terms of content and style, where they count."""
    w = settings.loss
    if features is None or not (w.content or w.style):
        return
    apart = PerceptualLoss(features)(image, batch["target"])
    objective.add("content", w.content, apart.content)
    objective.add("style", w.style, apart.style)


def add_consistency_terms(
    objective: Objective, model: nn.Module, answer: Redirected, batch: Batch, settings: StageSettings
) -> None:
    """The terms that ask the model again: nothing to do, there and back, one frame later."""
    w = settings.loss
    source, reading, target_gaze, head = (
        batch[key] for key in ("source", "source_reading", "target_gaze", "head")
    )
    if w.identity:
        still = model(source, reading, reading, head)
        value = pixels.identity_loss(still.image, source, reading, reading)
        objective.add("identity", w.identity, value)
    if w.cycle:
        back = model(answer.image, target_gaze, batch["source_gaze"], head)
        objective.add("cycle", w.cycle, pixels.cycle_loss(back.image, source))
    if w.temporal:
        # the edits are compared, not the pictures: noise is new in every frame
        again = batch["source_again"]
        later = model(again, reading, target_gaze, head).image - again
        motion = _affine_flow(batch["again_from_source"], source)
        objective.add("temporal", w.temporal, temporal_loss(answer.image - source, later, motion))


def wanted_gaze(said: torch.Tensor, batch: Batch) -> torch.Tensor:
    """The target gaze (B, 2), but what was ``said`` where the target is a closed eye that is left alone."""
    return torch.lerp(said.detach(), batch["target_gaze"], batch["gaze_weight"][:, None])


def refuse_unusable(networks: Networks, settings: StageSettings, stage: str) -> None:
    """Check that every weight has what it needs.

    Raises:
        RecipeError: a weight needs a frozen network or a kind of batch that is not there.

    """
    w = settings.loss
    if (w.content or w.style) and networks.features is None:
        raise RecipeError(
            f"stages.{stage}.loss.content or style is not 0, but no network gives features: "
            "set guides.features to a trained gaze estimator, or guides.vgg to weights of VGG-16"
        )


def _affine_flow(matrix: torch.Tensor, patch: torch.Tensor) -> torch.Tensor:
    """Backward flow (B, 2, h, w), px, of matrices (B, 2, 3) that map px of a patch to px of another."""
    height, width = patch.shape[-2:]
    y, x = torch.meshgrid(
        torch.arange(height, dtype=patch.dtype, device=patch.device),
        torch.arange(width, dtype=patch.dtype, device=patch.device),
        indexing="ij",
    )
    here = torch.stack([x, y, torch.ones_like(x)]).flatten(1)
    return (matrix @ here - here[:2]).unflatten(2, (height, width))


def look(model: nn.Module, batch: Batch, sheet: Path) -> dict[str, float]:
    """Draw source, warp, result and target, and measure the result in the eye region."""
    with at_rest(model):
        answer = redirect(model, batch)
    columns = [("source", batch["source"])]
    if answer.warped is not None:
        columns.append(("warped", answer.warped))
    columns += [("result", answer.image), ("target", batch["target"])]
    sheets.write(sheets.grid([(title, p[:_ON_SHEET]) for title, p in columns], blocks=2), sheet)
    mask, target = batch["eye_mask"], batch["target"]
    l1 = (answer.image - target).abs(), (batch["source"] - target).abs()
    shares = [float((d * mask).sum() / (3.0 * mask.sum()).clamp_min(1e-6)) for d in l1]
    return {
        "held_out_ssim": float(metrics.ssim(answer.image, target, mask).mean()),
        "held_out_psnr": float(metrics.psnr(answer.image, target, mask).mean()),
        "held_out_l1_of_identity": shares[0] / max(shares[1], 1e-9),
    }
