"""Eyes that look down at a screen, sent to the lens: a sheet and figures per rung of pitch.

How far the lids open is read from the flow: the source's visible eyeball, moved by it, against the target's.
A method without a flow has no such figure. How round the iris came out is the ratio of the standing and lying
spread of what is dark inside the target's eye opening, relative to the same in the real target.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch

from training import metrics, sheets
from training.data.augment import Exact
from training.data.batches import Batch, tensors
from training.data.dealing import stacked
from training.data.placement import EXACT, Placement
from training.data.samples import EyePairs, EyeSample
from training.errors import EvaluationError
from training.evaluation.methods import Method
from training.evaluation.tables import number, table
from training.models.gaze_estimator import GazeEstimator
from training.models.redirected import Redirected
from training.models.warp import warp

RUNGS_DEG = (-10.0, -15.0, -20.0, -25.0)
_TOLERANCE_DEG = 4.0


@dataclass(slots=True)
class Rung:
    """Figures of one pitch, averaged over people."""

    pitch_deg: float
    count: int = 0
    gaze_error_deg: float = float("nan")
    source_opening_error: float = float("nan")
    """Share of the target's visible eyeball that is missing or too much, doing nothing."""
    opening_error: float = float("nan")
    roundness: float = float("nan")
    """1 is as round as the real target's iris."""


@dataclass(slots=True)
class Ladder:
    """The pairs of all rungs."""

    samples: list[EyeSample] = field(default_factory=list[EyeSample])
    rungs: list[float] = field(default_factory=list[float])


def choose(pairs: EyePairs, most: int = 20000) -> Ladder:
    """For every person and rung the pair that comes nearest to (rung, 0) -> (0, 0).

    Args:
        pairs: of held-out people.
        most: how many pairs are looked at, evenly spread.

    Raises:
        EvaluationError: no pair comes near any rung.

    """
    best: dict[tuple[str, float], tuple[float, int]] = {}
    for i in range(0, len(pairs), max(1, len(pairs) // most)):
        sample = pairs[i]
        if sample.leave_alone or sample.source_mask is None:
            continue
        source, target = np.rad2deg(sample.source_gaze), np.rad2deg(sample.target_gaze)
        for rung in RUNGS_DEG:
            away = max(abs(source[0] - rung), abs(source[1]) / 2.0, *np.abs(target).tolist())
            key = (sample.person, rung)
            if away < best.get(key, (_TOLERANCE_DEG, 0))[0]:
                best[key] = (float(away), i)
    if not best:
        raise EvaluationError(
            f"no pair of held-out people looks down by {-RUNGS_DEG[0]:.0f} to {-RUNGS_DEG[-1]:.0f} deg in "
            f"the source and into the lens in the target, within {_TOLERANCE_DEG:.0f} deg; render such scenes"
        )
    chosen = sorted((-rung, person, i) for (person, rung), (_, i) in best.items())
    return Ladder([pairs[i] for *_, i in chosen], [-down for down, *_ in chosen])


@torch.no_grad()
def climb(ladder: Ladder, method: Method, scorer: GazeEstimator, sheet: Path) -> list[Rung]:
    """Redirect all pairs of a ladder, draw them, and measure per rung."""
    batch = _batch(ladder.samples)
    answer = method.redirect(range(len(ladder.samples)), batch)
    flow_only = batch["source"] if answer.warped is None else answer.warped
    columns = [
        ("source", batch["source"]),
        ("flow only", flow_only),
        ("result", answer.image),
        ("truth", batch["target"]),
    ]
    sheets.write(sheets.grid(columns, blocks=len(set(ladder.rungs))), sheet)
    read = scorer(answer.image, batch["head"])[0]
    errors = metrics.gaze_error_deg(read, batch["target_gaze"])
    openings = _openings(ladder.samples, answer)
    round_ = [
        _relative_roundness(*each)
        for each in zip(answer.image, batch["target"], _masks(ladder.samples, "target"), strict=True)
    ]
    rungs = np.array(ladder.rungs)
    return [_rung(r, rungs == r, errors, openings, np.array(round_)) for r in RUNGS_DEG]


def document(ladders: Sequence[tuple[str, Sequence[Rung]]], data: str) -> str:
    """The figures of all methods as Markdown."""
    heads = [
        "method",
        "pitch, deg",
        "eyes",
        "gaze error, deg",
        "lid opening error before",
        "after",
        "iris roundness",
    ]
    rows = [
        [
            name,
            f"{rung.pitch_deg:.0f}",
            str(rung.count),
            *(
                number(v, 2)
                for v in (rung.gaze_error_deg, rung.source_opening_error, rung.opening_error, rung.roundness)
            ),
        ]
        for name, rungs in ladders
        for rung in rungs
    ]
    return f"# From the screen to the lens, held-out people ({data})\n\n{table(heads, rows)}\n"


def _rung(
    pitch: float, where: np.ndarray, errors: np.ndarray, openings: np.ndarray, roundness: np.ndarray
) -> Rung:
    if not where.any():
        return Rung(pitch)
    return Rung(
        pitch,
        int(where.sum()),
        float(errors[where].mean()),
        float(openings[where, 0].mean()),
        float(openings[where, 1].mean()),
        float(np.nanmedian(roundness[where])) if np.isfinite(roundness[where]).any() else float("nan"),
    )


def _batch(samples: Sequence[EyeSample]) -> Batch:
    rng, cut = np.random.default_rng(0), Exact()
    batch = tensors(stacked([cut(sample, rng) for sample in samples]))
    return batch | {"source_reading": batch["source_gaze"]}


def _masks(samples: Sequence[EyeSample], which: str) -> list[np.ndarray]:
    """(64, 96) in [0, 1] each: the visible eyeball of "source" or "target"."""
    masks = [sample.source_mask if which == "source" else sample.target_mask for sample in samples]
    places = [Placement.draw(sample.canthi, EXACT, np.random.default_rng(0)) for sample in samples]
    return [
        place.cut_mask(mask).astype(np.float32) / 255.0
        for place, mask in zip(places, masks, strict=True)
        if mask is not None
    ]


def _openings(samples: Sequence[EyeSample], answer: Redirected) -> np.ndarray:
    """(P, 2): share of the target's opening that differs in the source, and in it moved by the flow."""
    source = torch.from_numpy(np.stack(_masks(samples, "source")))[:, None]
    target = torch.from_numpy(np.stack(_masks(samples, "target")))[:, None]
    area = target.sum(dim=(1, 2, 3)).clamp_min(1.0)
    before = (source - target).abs().sum(dim=(1, 2, 3)) / area
    if answer.flow is None:
        return torch.stack([before, torch.full_like(before, torch.nan)], dim=1).numpy()
    after = (warp(source, answer.flow.cpu()) - target).abs().sum(dim=(1, 2, 3)) / area
    return torch.stack([before, after], dim=1).numpy()


def _relative_roundness(image: torch.Tensor, target: torch.Tensor, opening: np.ndarray) -> float:
    drawn, real = _roundness(image, opening), _roundness(target, opening)
    return drawn / real


def _roundness(image: torch.Tensor, opening: np.ndarray) -> float:
    """Standing over lying spread of what is dark in the red channel of the opening; nan if nothing is."""
    red = (image[0].clamp(0.0, 1.0).cpu().numpy() * 255.0).round().astype(np.uint8)
    inside = opening > 0.5
    if inside.sum() < 16:
        return float("nan")
    level, _ = cv2.threshold(red[inside], 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    y, x = np.nonzero(inside & (red <= level))
    return float(y.std() / x.std()) if len(x) > 16 and x.std() > 0 else float("nan")
