"""The results as curves: one line per method over the difference of gaze, one panel per head pose."""

from collections.abc import Sequence
from pathlib import Path

from training import metrics
from training.data.protocol import POSES_DEG
from training.evaluation.scores import Scores

_COLORS = 10
"""From here on matplotlib's colors come again."""


def draw(scores: Sequence[Scores], measure: str, title: str, path: Path) -> None:
    """Write a measure's curves as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    panels: list[tuple[str, int | None]] = [("all head poses", None)]
    panels += [(f"head yaw {deg} deg", pose) for pose, deg in enumerate(POSES_DEG)]
    figure = Figure(figsize=(3.6 * len(panels), 3.4), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    for k, (name, pose) in enumerate(panels):
        axes = figure.add_subplot(1, len(panels), k + 1)
        for number, each in enumerate(scores):
            style = "-" if number < _COLORS else "--"
            curve = each.by_group(measure, pose=pose)
            axes.plot(metrics.GROUPS_DEG, curve, style, marker=".", label=each.name)
        axes.set_title(name, fontsize=9)
        axes.set_xlabel("gaze difference, deg")
        axes.grid(alpha=0.3)
    figure.axes[0].legend(fontsize=7)
    figure.savefig(path, dpi=100)
