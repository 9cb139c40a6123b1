"""``model.json``: what a model file is and where it comes from, in the words of ``engines.spec``."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.spec import FORMAT, MODEL_FILE, RECORD_FILE, VERSION, parse_spec
from export.graphs import Graph, Port, Precision
from vcam.geometry.patch import CANTHUS_SPAN_PX, CANTHUS_Y_PX, PATCH_SIZE

LICENSE = "MIT"


def write_record(folder: Path, graph: Graph, facts: Mapping[str, Any], meta: Mapping[str, Any]) -> None:
    """Write the record of the ONNX file that lies in a folder.

    Args:
        folder: the model's.
        graph: what the file offers.
        facts: ``name``, ``model_version``, ``precision``, ``opset`` and ``parameters``.
        meta: the checkpoint's, for the record's account of the training.
    """
    record = {
        "format": FORMAT,
        "version": VERSION,
        "task": graph.task,
        "inputs": [_tensor(port) for port in graph.inputs],
        "outputs": [_tensor(port) for port in graph.outputs],
        "color": "RGB",
        "range": [0, 1],
        "patch": {
            "size": list(PATCH_SIZE),
            "canthus_span_px": CANTHUS_SPAN_PX,
            "canthus_y_px": CANTHUS_Y_PX,
        },
        "sha256": hashlib.sha256((folder / MODEL_FILE).read_bytes()).hexdigest(),
        "training": _training(meta),
        "license": LICENSE,
        **facts,
    }
    text = json.dumps(record, indent=2) + "\n"
    parse_spec(text, RECORD_FILE)
    (folder / RECORD_FILE).write_text(text, encoding="utf-8")


def facts_of(graph: Graph, name: str, model_version: str, precision: Precision, opset: int) -> dict[str, Any]:
    """The facts that ``write_record`` asks for."""
    return {
        "name": name,
        "model_version": model_version,
        "precision": precision,
        "opset": opset,
        "parameters": sum(each.numel() for each in graph.module.parameters()),
    }


def _tensor(port: Port) -> dict[str, Any]:
    return {"name": port.name, "shape": list(port.shape), "dtype": "float32", "meaning": port.meaning}


def _training(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What the checkpoint knows of its training, without the curves."""
    told = {key: value for key, value in meta.items() if key not in ("step", "history")}
    return {"steps": meta.get("step"), **told}
