"""Models for tests: the interfaces of the real ones, with a function in place of the network."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engines.fake import FakeEngine
from engines.spec import ModelSpec, PatchSpec, TensorSpec
from vcam.model import Model, Task

Arrays = Mapping[str, NDArray[Any]]
SHAPES: dict[Task, tuple[dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]] = {
    "redirect-eyes": (
        {"patch": (2, 3, 64, 96), "source_gaze": (2, 2), "target_gaze": (2, 2), "head": (2, 2)},
        {"flow": (2, 2, 64, 96), "residual": (2, 3, 64, 96), "image": (2, 3, 64, 96)},
    ),
    "estimate-gaze": ({"patch": (2, 3, 64, 96), "head": (2, 2)}, {"gaze": (2, 2), "sigma": (2, 2)}),
}


def spec_for(task: Task, **changes: Any) -> ModelSpec:
    inputs, outputs = (
        tuple(TensorSpec(name, shape, "float32", "for tests") for name, shape in shapes.items())
        for shapes in SHAPES[task]
    )
    values: dict[str, Any] = {
        "name": "fake",
        "task": task,
        "model_version": "1",
        "inputs": inputs,
        "outputs": outputs,
        "color": "RGB",
        "range": (0.0, 1.0),
        "patch": PatchSpec((96, 64), 52.0, 35.5),
        "sha256": "0" * 64,
        "precision": "float32",
        "opset": 17,
        "parameters": 0,
        "training": {},
        "license": "MIT",
    }
    return ModelSpec(**values | changes)


def engine_for(task: Task, function: Callable[[Arrays], Arrays]) -> FakeEngine:
    """``function`` gives some outputs; those that it leaves out are 0."""
    zeros = {name: np.zeros(shape, np.float32) for name, shape in SHAPES[task][1].items()}
    return FakeEngine(spec_for(task), lambda inputs: zeros | dict(function(inputs)))


def model_for(task: Task, function: Callable[[Arrays], Arrays]) -> Model:
    return Model(engine_for(task, function), task)
