"""How true a gaze estimator reads people that it has not seen, at every angle."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np
import torch

from training import metrics
from training.data.batches import Batch
from training.errors import EvaluationError
from training.evaluation.tables import number, table
from training.models.gaze_estimator import GazeEstimator

BIN_DEG = 10.0
REACH_DEG = 30.0
_OPEN = 0.5
_LEAST_SPAN_DEG = 1.0
"""Truths closer together than this have no slope."""


@dataclass(frozen=True, slots=True)
class Bin:
    """Truths of one range of one axis; figures are nan where there are too few."""

    low_deg: float
    high_deg: float
    count: int
    median_error_deg: float
    """Of the absolute error on this axis."""
    bias_deg: float
    slope: float


@dataclass(frozen=True, slots=True)
class Axis:
    """One of pitch and yaw, within ``REACH_DEG``."""

    name: str
    median_error_deg: float
    slope: float
    offset_deg: float
    correlation: float
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What an estimator is worth."""

    name: str
    count: int
    median_error_deg: float
    """Angle between the true and the estimated direction."""
    sigma_ratio: float
    """Root mean square of error over stated sigma; 1 is honest."""
    axes: tuple[Axis, ...]


@torch.no_grad()
def read(name: str, estimator: GazeEstimator, batches: Iterable[Batch]) -> Reading:
    """Judge an estimator on batches of single pictures, open eyes alone.

    Raises:
        EvaluationError: there are too few open eyes.

    """
    truths, answers, sigmas = [], [], []
    for batch in batches:
        shown = batch["weight"] > _OPEN
        gaze, log_sigma = estimator(batch["patch"], batch["head"])
        truths.append(batch["gaze"][shown].cpu().numpy())
        answers.append(gaze[shown].cpu().numpy())
        sigmas.append(log_sigma[shown].exp().cpu().numpy())
    if sum(len(t) for t in truths) < 2:
        raise EvaluationError("fewer than two open eyes to read; does the folder hold held-out people?")
    truth, answer, sigma = (np.concatenate(parts).astype(np.float64) for parts in (truths, answers, sigmas))
    return Reading(
        name,
        len(truth),
        float(np.median(metrics.gaze_error_deg(truth, answer))),
        float(np.sqrt(np.mean(((answer - truth) / sigma) ** 2))),
        tuple(
            _axis(axis, np.rad2deg(truth[:, k]), np.rad2deg(answer[:, k]))
            for k, axis in enumerate(("pitch", "yaw"))
        ),
    )


def as_table(reading: Reading) -> dict[str, object]:
    """Plain values for JSON."""
    return asdict(reading)


def document(readings: Iterable[Reading], data: str) -> str:
    """The readings as Markdown."""
    parts = [f"# Gaze estimators on held-out people ({data})"]
    for reading in readings:
        parts.append(
            f"## {reading.name}\n\n{reading.count} open eyes; median error "
            f"{reading.median_error_deg:.2f} deg; error over stated sigma {reading.sigma_ratio:.2f}"
        )
        heads = ["axis", "median error, deg", "slope", "offset, deg", "correlation"]
        rows = [
            [a.name, *(number(v, 2) for v in (a.median_error_deg, a.slope, a.offset_deg, a.correlation))]
            for a in reading.axes
        ]
        parts.append(table(heads, rows))
        parts += [_bins(axis) for axis in reading.axes]
    return "\n\n".join(parts) + "\n"


def _bins(axis: Axis) -> str:
    heads = [f"{axis.name}, deg", "eyes", "median error, deg", "bias, deg", "slope"]
    rows = [
        [
            f"{b.low_deg:+.0f} to {b.high_deg:+.0f}",
            str(b.count),
            *(number(v, 2) for v in (b.median_error_deg, b.bias_deg, b.slope)),
        ]
        for b in axis.bins
    ]
    return table(heads, rows)


def _axis(name: str, truth_deg: np.ndarray, answer_deg: np.ndarray) -> Axis:
    inside = np.abs(truth_deg) <= REACH_DEG
    x, y = truth_deg[inside], answer_deg[inside]
    line = _line(x, y)
    edges = np.arange(-REACH_DEG, REACH_DEG + 1.0, BIN_DEG)
    bins = tuple(
        _bin(low, high, x, y) for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    )
    return Axis(name, _median(np.abs(y - x)), line.slope, line.offset_deg, line.correlation, bins)


def _bin(low: float, high: float, truth: np.ndarray, answer: np.ndarray) -> Bin:
    last = high >= REACH_DEG
    inside = (truth >= low) & ((truth < high) | (last & (truth <= high)))
    x, y = truth[inside], answer[inside]
    bias = float((y - x).mean()) if len(x) else float("nan")
    return Bin(low, high, len(x), _median(np.abs(y - x)), bias, _line(x, y).slope)


def _line(truth: np.ndarray, answer: np.ndarray) -> metrics.Line:
    if len(truth) < 2 or np.ptp(truth) < _LEAST_SPAN_DEG:
        return metrics.Line(float("nan"), float("nan"), float("nan"))
    return metrics.regression(truth, answer)


def _median(values: np.ndarray) -> float:
    return float(np.median(values)) if len(values) else float("nan")
