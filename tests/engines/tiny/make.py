"""How the models beside this file were made: ``python -m tests.engines.tiny.make`` makes them again.

Needs onnx (dependency group "train"). They have the interfaces of the real models and no weights:

gaze_runtime  gaze = head + the mean of each patch, sigma = 0.05 + |head|
cfgr_live     flow = 20 px per rad of (target - source) everywhere, about as an iris moves; no residual
"""

import hashlib
import json
from pathlib import Path

from onnx import TensorProto, helper, save

from tests.engines.tiny import FOLDER

PATCH, ANGLES = [2, 3, 64, 96], [2, 2]
SHAPES = {
    "patch": PATCH,
    "source_gaze": ANGLES,
    "target_gaze": ANGLES,
    "head": ANGLES,
    "gaze": ANGLES,
    "sigma": ANGLES,
    "flow": [2, 2, 64, 96],
    "residual": PATCH,
    "image": PATCH,
}
INT, FLOAT = TensorProto.INT64, TensorProto.FLOAT


def main(folder: Path = FOLDER) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["patch"], ["means"], axes=[1, 2, 3]),
        helper.make_node("Reshape", ["means", "column"], ["offset"]),
        helper.make_node("Add", ["head", "offset"], ["gaze"]),
        helper.make_node("Abs", ["head"], ["turned"]),
        helper.make_node("Add", ["turned", "least"], ["sigma"]),
    ]
    constants = [
        helper.make_tensor("column", INT, [2], [2, 1]),
        helper.make_tensor("least", FLOAT, [], [0.05]),
    ]
    graph = helper.make_graph(nodes, "tiny", _values("patch", "head"), _values("gaze", "sigma"), constants)
    _write(folder / "gaze_runtime", "estimate-gaze", graph)
    _write(folder / "cfgr_live", "redirect-eyes", _redirector())


def _redirector():
    nodes = [
        helper.make_node("Sub", ["target_gaze", "source_gaze"], ["way"]),
        helper.make_node("Gather", ["way", "yaw_pitch"], ["xy"], axis=1),
        helper.make_node("Mul", ["xy", "px_per_rad"], ["px"]),
        helper.make_node("Reshape", ["px", "per_eye"], ["shift"]),
        helper.make_node("Mul", ["patch", "zero"], ["residual"]),
        helper.make_node("Gather", ["residual", "two"], ["still"], axis=1),
        helper.make_node("Add", ["still", "shift"], ["flow"]),
        helper.make_node("Identity", ["patch"], ["image"]),
    ]
    constants = [
        helper.make_tensor("yaw_pitch", INT, [2], [1, 0]),
        helper.make_tensor("px_per_rad", FLOAT, [], [20.0]),
        helper.make_tensor("per_eye", INT, [4], [2, 2, 1, 1]),
        helper.make_tensor("zero", FLOAT, [], [0.0]),
        helper.make_tensor("two", INT, [2], [0, 1]),
    ]
    inputs = _values("patch", "source_gaze", "target_gaze", "head")
    return helper.make_graph(nodes, "tiny", inputs, _values("flow", "residual", "image"), constants)


def _values(*names: str):
    return [helper.make_tensor_value_info(name, FLOAT, SHAPES[name]) for name in names]


def _write(folder: Path, task: str, graph) -> None:
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    folder.mkdir(exist_ok=True)
    save(model, folder / "model.onnx")
    record = {
        "format": "gazecam-model",
        "version": 1,
        "name": folder.name,
        "task": task,
        "model_version": "tiny",
        "inputs": _tensors(graph.input),
        "outputs": _tensors(graph.output),
        "color": "RGB",
        "range": [0, 1],
        "patch": {"size": [96, 64], "canthus_span_px": 52.0, "canthus_y_px": 35.5},
        "sha256": hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest(),
        "precision": "float32",
        "opset": 17,
        "parameters": 0,
        "training": {"recipe": "none: made by hand, for tests"},
        "license": "MIT",
    }
    (folder / "model.json").write_text(json.dumps(record, indent=1) + "\n")


def _tensors(values) -> list[dict[str, object]]:
    return [
        {
            "name": value.name,
            "shape": SHAPES[value.name],
            "dtype": "float32",
            "meaning": "as in the real model",
        }
        for value in values
    ]


if __name__ == "__main__":
    main()
