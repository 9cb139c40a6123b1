"""Whether a model file says what its checkpoint says: ``python -m export.parity MODEL_DIR CHECKPOINT``.

Three answers are compared on the same patches: torch's, ONNX Runtime's, and the picture that the reference
warp ``vcam.geometry.flow`` makes of ONNX Runtime's flow and residual.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from engines.errors import EngineError
from engines.spec import ModelSpec, read_model
from export.cases import cases_of
from export.errors import ExportError
from export.graphs import graph_of
from training import checkpoint
from training.errors import TrainingError
from vcam.geometry.flow import warp

Arrays = dict[str, NDArray[np.float32]]

TOLERANCE = 1 / 255
"""One step of an 8-bit picture."""
FP16_FACTOR = 2.0
"""What FP16 may differ more from torch's FP32."""
TOLERANCES: Mapping[str, float] = {
    "flow": 0.05,
    "residual": TOLERANCE,
    "image": TOLERANCE,
    "gaze": 2e-3,
    "sigma": 2e-3,
}
"""Greatest difference: px, picture values, rad (0.11 degrees)."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of the table."""

    case: str
    output: str
    between: str
    greatest: float
    allowed: float

    @property
    def within(self) -> bool:
        """Whether it is small enough; what is not a number never is."""
        return self.greatest <= self.allowed

    def __str__(self) -> str:
        verdict = "" if self.within else "  TOO MUCH"
        return (
            f"{self.case:<16} {self.output:<9} {self.between:<20} "
            f"{self.greatest:12.3g} {self.allowed:10.3g}{verdict}"
        )


HEADER = f"{'case':<16} {'output':<9} {'between':<20} {'greatest':>12} {'allowed':>10}"


def compare(folder: Path, source: Path, *, seed: int = 1) -> list[Difference]:
    """Every difference between a model folder and its checkpoint, on patches drawn from a seed.

    Raises:
        EngineError: the folder holds no model, or its record belongs to another file.
        ExportError: model and checkpoint do different jobs.
        CheckpointError: the checkpoint cannot be read.
    """
    spec, content = read_model(folder)
    kept = checkpoint.load(source)
    graph = graph_of(kept.model_name, checkpoint.load_model(source))
    if graph.task != spec.task:
        raise ExportError(
            f"{folder} is to {spec.task}, the checkpoint {source} to {graph.task}: another model"
        )
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    rows: list[Difference] = []
    for case, inputs in cases_of(spec, seed).items():
        ours = _of_torch(graph.module, inputs, spec)
        theirs = _of_onnx_runtime(session, inputs, spec)
        rows += _against_torch(case, ours, theirs, FP16_FACTOR if spec.precision == "fp16" else 1.0)
        if "flow" in theirs:
            rows.append(_against_reference(case, inputs["patch"], theirs))
    return rows


def _of_torch(module: torch.nn.Module, inputs: Arrays, spec: ModelSpec) -> Arrays:
    with torch.inference_mode():
        answers = module(*(torch.from_numpy(inputs[port.name]) for port in spec.inputs))
    return {port.name: answer.numpy() for port, answer in zip(spec.outputs, answers, strict=True)}


def _of_onnx_runtime(session: onnxruntime.InferenceSession, inputs: Arrays, spec: ModelSpec) -> Arrays:
    names = [port.name for port in spec.outputs]
    return {name: np.asarray(a) for name, a in zip(names, session.run(names, inputs), strict=True)}


def _against_torch(case: str, ours: Arrays, theirs: Arrays, factor: float) -> list[Difference]:
    rows = []
    for name, mine in ours.items():
        apart = np.abs(mine - theirs[name])
        if name == "image":
            # the picture jumps, by rule, where a read place crosses the patch's border: there flows compare
            apart = apart * (_inside(ours["flow"]) == _inside(theirs["flow"]))
        rows.append(Difference(case, name, "torch, ORT", float(apart.max()), factor * TOLERANCES[name]))
    return rows


def _against_reference(case: str, patch: NDArray[np.float32], answers: Arrays) -> Difference:
    rows = zip(patch, answers["flow"], answers["residual"], strict=True)
    redrawn = np.stack(
        [warp(p.transpose(1, 2, 0), f.transpose(1, 2, 0)).transpose(2, 0, 1) + r for p, f, r in rows]
    )
    greatest = float(np.abs(redrawn.clip(0, 1) - answers["image"]).max())
    return Difference(case, "image", "ORT, reference warp", greatest, TOLERANCE)


def _inside(flow: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Whether each pixel is read from inside of the patch (B, 1, h, w)."""
    height, width = flow.shape[2:]
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = columns + flow[:, 0], rows + flow[:, 1]
    return ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))[:, None]


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns 1 when a difference is too large."""
    parser = argparse.ArgumentParser(
        prog="python -m export.parity", description="Does a model file say what its checkpoint says?"
    )
    parser.add_argument("model", type=Path, metavar="MODEL_DIR")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(arguments)
    try:
        rows = compare(args.model, args.checkpoint, seed=args.seed)
    except (ExportError, TrainingError, EngineError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("\n".join([HEADER, *map(str, rows)]))
    return 0 if all(row.within for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
