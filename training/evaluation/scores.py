"""Every pair through every method: distances from the real target, per pair and averaged over groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from training import metrics
from training.data.batches import Batch
from training.data.protocol import POSES_DEG
from training.errors import EvaluationError
from training.evaluation.methods import Method
from training.models.gaze_estimator import GazeEstimator

MEASURES = ("gaze_error_deg", "gaze_change_deg", "perceptual", "ssim", "psnr")
"""Scorer's reading of the result against the target angles, and against its reading of the real target;
distance of features; similarity and noise inside the eye region."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """One method's values."""

    name: str
    group: np.ndarray
    """(P,) index into ``metrics.GROUPS_DEG``."""
    pose: np.ndarray
    """(P,) index into ``POSES_DEG``."""
    values: dict[str, np.ndarray]
    """Measure -> (P,)."""

    def mean(self, measure: str, where: np.ndarray | None = None) -> float:
        """Average over all pairs, or those of a mask (P,); nan if there are none."""
        values = self.values[measure] if where is None else self.values[measure][where]
        return float(values.mean()) if values.size else float("nan")

    def by_group(self, measure: str, *, ten: bool = False, pose: int | None = None) -> list[float]:
        """Averages over the eleven groups, or the paper's ten, of all poses or one."""
        group = metrics.merged_ten(self.group) if ten else self.group
        kept = np.ones(len(group), bool) if pose is None else self.pose == pose
        return [self.mean(measure, kept & (group == g)) for g in range(len(metrics.GROUPS_DEG) - ten)]

    def by_pose(self, measure: str) -> list[float]:
        """Averages over the head poses 0, 15 and 30."""
        return [self.mean(measure, self.pose == p) for p in range(len(POSES_DEG))]


class Judge:
    """The scoring estimator and the perceptual distance; neither of them trained what is judged."""

    def __init__(self, scorer: GazeEstimator, perceptual: nn.Module) -> None:
        self._scorer, self._perceptual = scorer.eval(), perceptual.eval()

    def judge(self, image: torch.Tensor, batch: Batch) -> dict[str, np.ndarray]:
        """Measure -> (B,) of results (B, 3, h, w)."""
        target, mask = batch["target"], batch["eye_mask"]
        read = self._scorer(image, batch["head"])[0]
        read_target = self._scorer(target, batch["head"])[0]
        asked = batch["target_gaze"]
        return {
            "gaze_error_deg": metrics.gaze_error_deg(read.cpu(), asked.cpu()),
            "gaze_change_deg": metrics.gaze_error_deg(read.cpu(), read_target.cpu()),
            "perceptual": self._perceptual(image, target).double().cpu().numpy(),
            "ssim": metrics.ssim(image, target, mask).double().cpu().numpy(),
            "psnr": metrics.psnr(image, target, mask).double().cpu().numpy(),
        }


class Scoreboard:
    """Collects batches of judged results into scores."""

    def __init__(self, methods: Sequence[Method], judge: Judge) -> None:
        self._methods, self._judge = methods, judge
        self._groups: list[np.ndarray] = []
        self._poses: list[np.ndarray] = []
        self._values: list[dict[str, list[np.ndarray]]] = [{m: [] for m in MEASURES} for _ in methods]

    @torch.no_grad()
    def add(self, numbers: Sequence[int], batch: Batch) -> None:
        """Judge every method on the pairs of a batch."""
        source, target, head = (batch[key].cpu().numpy() for key in ("source_gaze", "target_gaze", "head"))
        self._groups.append(metrics.difference_group(source, target))
        self._poses.append(pose_of(head))
        for method, values in zip(self._methods, self._values, strict=True):
            image = method.redirect(numbers, batch).image
            for measure, found in self._judge.judge(image, batch).items():
                values[measure].append(found)

    def scores(self) -> list[Scores]:
        """All methods' scores.

        Raises:
            EvaluationError: no batch was added.

        """
        if not self._groups:
            raise EvaluationError("there are no pairs to evaluate on; does the folder hold held-out people?")
        group, pose = np.concatenate(self._groups), np.concatenate(self._poses)
        return [
            Scores(method.name, group, pose, {m: np.concatenate(v) for m, v in values.items()})
            for method, values in zip(self._methods, self._values, strict=True)
        ]


def pose_of(head: np.ndarray) -> np.ndarray:
    """The nearest of ``POSES_DEG`` (N,), as its index, of heads (N, 2) in rad; left and right are one."""
    yaw = np.abs(np.rad2deg(head[:, 1]))
    return np.abs(yaw[:, None] - np.array(POSES_DEG)).argmin(axis=1)
