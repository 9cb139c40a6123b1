"""The results as Markdown."""

import math
from collections.abc import Iterable, Sequence

from training import metrics
from training.data.protocol import POSES_DEG
from training.evaluation.scores import Scores

PAPER = (
    ("DeepWarp", 14.18, 0.0946),
    ("PRGAN", 5.37, 0.0409),
    ("CGR", 9.19, 0.0565),
    ("CFGR", 5.15, 0.0333),
)
"""Method, gaze error in deg, LPIPS: CFGR (WACV 2021), on photographs of ColumbiaGaze (seeds.md 1.9)."""

_GROUPED = (("gaze_error_deg", "Gaze error, deg", 2), ("perceptual", "Perceptual distance", 4))


def document(scores: Sequence[Scores], origin: str, data: str) -> str:
    """All tables of an evaluation.

    Args:
        scores: one per method.
        origin: what made them, a line for the reader.
        data: "renders" or "photographs": what ours were measured on.

    """
    parts = [f"# Redirectors on held-out people ({data})", origin, _overall(scores, data), _paper(data)]
    for measure, title, digits in _GROUPED:
        parts.append(_by_group(scores, measure, title, digits, ten=False))
        parts.append(_by_group(scores, measure, title, digits, ten=True))
        parts.append(_by_pose(scores, measure, title, digits))
    return "\n\n".join(parts) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float, digits: int) -> str:
    """A figure, or a dash for none."""
    return "-" if math.isnan(value) else f"{value:.{digits}f}"


def _overall(scores: Sequence[Scores], data: str) -> str:
    heads = ["method", "gaze error, deg", "from the real target, deg", "perceptual", "SSIM, eye", "PSNR, eye"]
    keys = (("gaze_error_deg", 2), ("gaze_change_deg", 2), ("perceptual", 4), ("ssim", 4), ("psnr", 2))
    rows = [[s.name, *(number(s.mean(key), digits) for key, digits in keys)] for s in scores]
    return f"## All pairs ({data}, {len(scores[0].group)} pairs)\n\n" + table(heads, rows)


def _paper(data: str) -> str:
    rows = [[name, number(error, 2), number(lpips, 4)] for name, error, lpips in PAPER]
    return (
        "## The paper's own figures (photographs)\n\n"
        f"Measured on ColumbiaGaze with another gaze estimator and with LPIPS; ours are of {data}. "
        "Compare orders, not figures.\n\n" + table(["method", "gaze error, deg", "LPIPS"], rows)
    )


def _by_group(scores: Sequence[Scores], measure: str, title: str, digits: int, *, ten: bool) -> str:
    names = [str(g) for g in metrics.GROUPS_DEG]
    if ten:
        names = [*names[:-2], f"{names[-2]}-{names[-1]}"]
    rows = [[s.name, *(number(v, digits) for v in s.by_group(measure, ten=ten))] for s in scores]
    kind = "the paper's ten groups" if ten else "eleven groups"
    return f"## {title}, by difference in deg ({kind})\n\n" + table(["method", *names], rows)


def _by_pose(scores: Sequence[Scores], measure: str, title: str, digits: int) -> str:
    rows = [[s.name, *(number(v, digits) for v in s.by_pose(measure))] for s in scores]
    return f"## {title}, by head yaw in deg\n\n" + table(["method", *map(str, POSES_DEG)], rows)
