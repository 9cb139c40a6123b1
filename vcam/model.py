"""The seam between GazeCam and its engines: opens a model for one of its two tasks, and translates errors."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np

import engines
from engines import Engine, ModelSpec
from engines.errors import EngineError, EngineUnavailable
from vcam.errors import ConfigError, ModelError
from vcam.geometry import patch
from vcam.types import Floats

_log = logging.getLogger(__name__)

Task = Literal["redirect-eyes", "estimate-gaze"]
Shapes = Mapping[str, tuple[int, ...]]

MODELS: Mapping[str, Task] = {"cfgr_live": "redirect-eyes", "gaze_runtime": "estimate-gaze"}
"""The models that come with GazeCam, by the name of their folder."""

_PATCHES, _ANGLES = (2, 3, *patch.PATCH_SIZE[::-1]), (2, 2)
_INTERFACES: Mapping[Task, tuple[Shapes, Shapes]] = {
    "redirect-eyes": (
        {"patch": _PATCHES, "source_gaze": _ANGLES, "target_gaze": _ANGLES, "head": _ANGLES},
        {"flow": (2, 2, *patch.PATCH_SIZE[::-1]), "residual": _PATCHES, "image": _PATCHES},
    ),
    "estimate-gaze": ({"patch": _PATCHES, "head": _ANGLES}, {"gaze": _ANGLES, "sigma": _ANGLES}),
}


class Model:
    """A model that does a task of ours; index 0 of every tensor is the left eye, 1 the right, mirrored."""

    def __init__(self, engine: Engine, task: Task) -> None:
        """Raises ModelError where the engine's model is one for something else."""
        _check(engine.spec, task)
        self._engine = engine

    @property
    def backend(self) -> str:
        """What runs it, e.g. "cpu"."""
        return self._engine.backend

    def run(self, **inputs: Floats) -> dict[str, Floats]:
        """All outputs.

        Raises:
            ModelError: the engine failed, or gave something else than numbers, as FP16 does that overflows.
        """
        try:
            outputs = self._engine.run(inputs)
        except EngineError as error:
            raise ModelError(str(error)) from error
        for name, array in outputs.items():
            if not np.isfinite(array).all():
                raise ModelError(f"{self._engine.spec.name}: {name} is not finite everywhere")
        return outputs

    def close(self) -> None:
        """Release the engine; safe to call twice."""
        self._engine.close()


def open_model(folder: Path, task: Task, backend: str) -> Model:
    """The model in a folder, tried out once: what cannot run is better known before a call starts.

    Raises:
        ConfigError: the backend asked for does not work on this machine.
        ModelError: the model is missing, damaged, made for something else, or fails.
    """
    try:
        engine = engines.load(folder, backend)
    except EngineUnavailable as error:
        raise ConfigError(f"engine.backend {backend}: {error}") from error
    except EngineError as error:
        raise ModelError(str(error)) from error
    try:
        model = Model(engine, task)
        model.run(**{name: np.zeros(shape, np.float32) for name, shape in _INTERFACES[task][0].items()})
    except ModelError:
        engine.close()
        raise
    _log.info("%s %s runs on %s", engine.spec.name, engine.spec.model_version, engine.backend)
    return model


def _check(spec: ModelSpec, task: Task) -> None:
    if spec.task != task:
        raise ModelError(f"{spec.name}: expected a model for {task}, this one is for {spec.task}")
    known = patch.PATCH_SIZE, patch.CANTHUS_SPAN_PX, patch.CANTHUS_Y_PX
    found = spec.patch.size, spec.patch.canthus_span_px, spec.patch.canthus_y_px
    if known != found:
        raise ModelError(
            f"{spec.name}: expected patches with size, canthus span and canthus row {known}, got {found}; "
            "the model belongs to another version of GazeCam"
        )
    if spec.range != (0.0, 1.0):
        raise ModelError(f"{spec.name}: expected pictures from 0 to 1, got {spec.range}")
    for what, shapes, tensors in zip(
        ("inputs", "outputs"), _INTERFACES[task], (spec.inputs, spec.outputs), strict=True
    ):
        names = {tensor.name: tensor.shape for tensor in tensors}
        if names != dict(shapes):
            raise ModelError(f"{spec.name}: expected {what} {dict(shapes)}, got {names}")
