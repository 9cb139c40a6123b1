"""The log of a training: a line per record in a file, and the same as curves in a picture."""

import json
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

Record = Mapping[str, Any]

_NOT_LOSSES = frozenset({"step", "stage", "ms_per_step", "images_per_s", "learning_rate", "seconds"})


def write_log(history: Sequence[Record], path: Path) -> None:
    """All records, one JSON object per line."""
    path.write_text("".join(f"{json.dumps(dict(record))}\n" for record in history))


def append_log(record: Record, path: Path) -> None:
    """One more record at the end of a log."""
    with path.open("a") as file:
        file.write(f"{json.dumps(dict(record))}\n")


def read_log(path: Path) -> list[dict[str, Any]]:
    """The records of a log."""
    return [json.loads(line) for line in path.read_text().splitlines() if line]


def series(history: Sequence[Record]) -> dict[str, tuple[list[int], list[float]]]:
    """Name of each logged loss -> its steps and values."""
    found: dict[str, tuple[list[int], list[float]]] = {}
    for record in history:
        for name, value in record.items():
            if name not in _NOT_LOSSES:
                steps, values = found.setdefault(name, ([], []))
                steps.append(int(record["step"]))
                values.append(float(value))
    return found


def draw(history: Sequence[Record], path: Path, title: str) -> None:
    """One small plot per loss, over the step; a dotted line where a stage begins."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    curves = series(history)
    if not curves:
        return
    columns = min(4, len(curves))
    rows = -(-len(curves) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.4 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title)
    borders = _stage_starts(history)
    for k, (name, (steps, values)) in enumerate(sorted(curves.items())):
        axes = figure.add_subplot(rows, columns, k + 1)
        axes.plot(steps, values, linewidth=1.0)
        axes.set_title(name, fontsize=9)
        axes.tick_params(labelsize=7)
        for border in borders:
            axes.axvline(border, color="gray", linestyle=":", linewidth=0.8)
        if min(values) > 0.0 and max(values) > 20.0 * float(np.median(values)):
            axes.set_yscale("log")
    figure.savefig(path, dpi=90)


def _stage_starts(history: Sequence[Record]) -> list[int]:
    return [int(now["step"]) for before, now in pairwise(history) if now.get("stage") != before.get("stage")]
