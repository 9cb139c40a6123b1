"""A checkpoint to a model file: ``python -m export.to_onnx CHECKPOINT --out DIR``.

The graph draws its own gaze maps, has a fixed batch of both eyes and float32 tensors outside. It holds no
GridSample: the warp is written with gathers (see ``training.models.warp``).
"""

import argparse
import logging
import sys
import warnings
from pathlib import Path

import onnx
import torch

from engines.spec import MODEL_FILE
from export.errors import ExportError
from export.graphs import Graph, Precision, graph_of
from export.record import facts_of, write_record
from training import checkpoint
from training.errors import TrainingError

OPSET = 18
"""The lowest that torch's exporter writes without a conversion, which fails for Resize."""
OPSETS = (18, 19)
GRID_SAMPLE_LIMIT = 20


def export_model(
    source: Path,
    folder: Path,
    *,
    name: str | None = None,
    model_version: str = "1",
    precision: Precision = "fp32",
    opset: int = OPSET,
) -> None:
    """Write ``model.onnx`` and ``model.json`` of a checkpoint into a folder.

    Args:
        source: the checkpoint.
        folder: made if it is not there.
        name: of the model; None: the folder's.
        model_version: of these weights.
        precision: "fp16" computes inside in FP16, inputs and outputs stay float32.
        opset: 18 or 19.

    Raises:
        ExportError: the opset is another one, or this network cannot be exported so.
        CheckpointError: the checkpoint cannot be read.
    """
    check_opset(opset)
    kept = checkpoint.load(source)
    graph = graph_of(kept.model_name, checkpoint.load_model(source), precision)
    model = to_onnx(graph, opset)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL_FILE).write_bytes(model.SerializeToString(deterministic=True))
    write_record(
        folder, graph, facts_of(graph, name or folder.name, model_version, precision, opset), kept.meta
    )


def to_onnx(graph: Graph, opset: int = OPSET) -> onnx.ModelProto:
    """The checked ONNX model of a graph, constants folded, without traces of the code that made it."""
    with warnings.catch_warnings():
        # the exporter's own use of deprecated torch functions
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            graph.module,
            graph.examples(),
            dynamo=True,
            verbose=False,
            opset_version=opset,
            input_names=[port.name for port in graph.inputs],
            output_names=[port.name for port in graph.outputs],
        )
    assert program is not None
    model = program.model_proto
    _strip(model)
    onnx.checker.check_model(model, full_check=True)
    refuse_new_grid_sample(model)
    return model


def check_opset(opset: int) -> None:
    """Refuse what would not run everywhere.

    Raises:
        ExportError: saying why.
    """
    if opset >= GRID_SAMPLE_LIMIT:
        raise ExportError(
            f"opset {opset} is refused: from 20 on GridSample calls its mode 'linear', which TensorRT "
            "does not know and silently samples the nearest pixel (NVIDIA/TensorRT issue 4646); "
            f"use {' or '.join(map(str, OPSETS))}"
        )
    if opset not in OPSETS:
        raise ExportError(
            f"opset {opset} is refused: torch's exporter writes {' or '.join(map(str, OPSETS))}"
        )


def refuse_new_grid_sample(model: onnx.ModelProto) -> None:
    """Refuse a graph with a GridSample of opset 20 or later, wherever it comes from.

    Raises:
        ExportError: it has one.
    """
    opset = max((each.version for each in model.opset_import if each.domain in ("", "ai.onnx")), default=0)
    if opset >= GRID_SAMPLE_LIMIT and any(node.op_type == "GridSample" for node in model.graph.node):
        raise ExportError(
            f"the graph has a GridSample of opset {opset}, which TensorRT silently samples at the nearest "
            "pixel (NVIDIA/TensorRT issue 4646); export it with opset 18"
        )


def _strip(model: onnx.ModelProto) -> None:
    """Take out what only tells where on this machine the code lay."""
    del model.graph.value_info[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]


def main(arguments: list[str] | None = None) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m export.to_onnx", description="A checkpoint to a model file."
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--name", help="name of the model (the folder's)")
    parser.add_argument("--model-version", default="1")
    parser.add_argument("--precision", choices=("fp32", "fp16"), default="fp32")
    parser.add_argument("--opset", type=int, default=OPSET)
    args = parser.parse_args(arguments)
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    try:
        export_model(
            args.checkpoint,
            args.out,
            name=args.name,
            model_version=args.model_version,
            precision=args.precision,
            opset=args.opset,
        )
    except (ExportError, TrainingError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    size = (args.out / MODEL_FILE).stat().st_size
    print(f"{args.out / MODEL_FILE}: {size / 1e6:.2f} MB, {args.precision}, opset {args.opset}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
