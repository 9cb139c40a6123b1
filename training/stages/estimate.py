"""Training of a gaze estimator: the likelihood of the true gaze under the answer and its own uncertainty."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from training import metrics
from training.config import StageSettings
from training.distributed import World
from training.draws import Draws
from training.losses.gaze import gaze_likelihood_loss
from training.optim import Update
from training.stages.moving import MovingStage
from training.stages.stage import Batch, Losses, Networks, at_rest

AXES = ("pitch", "yaw")


class EstimateStage(MovingStage):
    """Adam on the likelihood loss.

    Eyes whose lids hide the iris teach the uncertainty and not the gaze.
    """

    def __init__(self, networks: Networks, settings: StageSettings, world: World) -> None:
        super().__init__(settings, {"model": Update({"model": networks.model}, settings, world)})
        self._model = networks.model.train()

    def step(self, batch: Batch, k: int, draws: Draws) -> Losses:
        """One step on single pictures."""
        del draws
        gaze, counts = batch["gaze"], batch["weight"][:, None]
        answer, log_sigma = self._model(batch["patch"], batch["head"])
        taught = torch.lerp(answer.detach(), answer, counts)
        loss = gaze_likelihood_loss(taught, log_sigma, gaze)
        norm = self._updates["model"].apply(loss, self.learning_rate(k))
        error = torch.rad2deg((answer.detach() - gaze).abs().mean(dim=0))
        sigma = torch.rad2deg(log_sigma.detach().exp().mean())
        return {
            "likelihood": loss,
            "pitch_error_deg": error[0],
            "yaw_error_deg": error[1],
            "sigma_deg": sigma,
            "gradient_norm": loss.new_tensor(norm),
        }

    def look(self, model: nn.Module, batch: Batch, sheet: Path) -> dict[str, float]:
        """Estimates over truths as dots, and median error and slopes, of the eyes that are open."""
        with at_rest(model):
            answer = model(batch["patch"], batch["head"])[0]
        shown = batch["weight"] > 0.5
        truth, read = (a[shown].cpu().numpy() for a in (batch["gaze"], answer))
        truth_deg, answer_deg = np.rad2deg(truth), np.rad2deg(read)
        _dots(truth_deg, answer_deg, sheet)
        error = metrics.gaze_error_deg(truth, read)
        figures = {"held_out_error_deg": float(np.median(error))}
        for axis, name in enumerate(AXES):
            if np.ptp(truth_deg[:, axis]) > 0.0:
                line = metrics.regression(truth_deg[:, axis], answer_deg[:, axis])
                figures[f"held_out_{name}_slope"] = line.slope
        return figures


def _dots(truth_deg: np.ndarray, answer_deg: np.ndarray, path: Path) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4), layout="constrained")
    FigureCanvasAgg(figure)
    for axis, name in enumerate(AXES):
        axes = figure.add_subplot(1, 2, axis + 1)
        axes.plot(truth_deg[:, axis], answer_deg[:, axis], ".", markersize=3)
        ends = (float(truth_deg[:, axis].min()), float(truth_deg[:, axis].max()))
        axes.plot(ends, ends, color="gray", linewidth=0.8)
        axes.set_title(f"{name}: estimate over truth, deg")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=80)
