"""ONNX Runtime, on the CPU or on an NVIDIA GPU."""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnxruntime

from engines.base import Array, CheckedEngine
from engines.errors import EngineUnavailable, InferenceError, ModelMismatch
from engines.spec import ModelSpec, TensorSpec

_log = logging.getLogger(__name__)

onnxruntime.disable_telemetry_events()  # what Windows builds heed; the others: engines/__init__.py

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
_ONNX_TYPES = {"float32": "tensor(float)"}
_ERRORS_ONLY = 3


class OrtEngine(CheckedEngine):
    """Runs an ONNX file on one execution provider; never falls back to another by itself.

    Outputs are new arrays at every run, which a caller may keep: binding preallocated ones saved nothing
    (2.24 against 2.21 ms at best, both eyes).
    """

    def __init__(self, spec: ModelSpec, model: bytes, backend: str, threads: int) -> None:
        """Load ``model``, the bytes of an ONNX file, for ``backend`` "cpu" or "cuda".

        Raises:
            EngineUnavailable: this machine, or the installed ONNX Runtime, lacks the provider.
            ModelMismatch: the file is no ONNX model, or its tensors are not those of ``spec``.
        """
        super().__init__(spec, backend)
        self._session: onnxruntime.InferenceSession | None = _open(spec, model, _PROVIDERS[backend], threads)
        _compare(spec, "input", spec.inputs, self._session.get_inputs())
        _compare(spec, "output", spec.outputs, self._session.get_outputs())
        self._names = [tensor.name for tensor in spec.outputs]

    def _infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        assert self._session is not None, "run() checks that the engine is open"
        try:
            outputs = self._session.run(self._names, dict(inputs))
        except Exception as error:  # its errors share no other base class
            raise InferenceError(f"{self._spec.name}: ONNX Runtime ({self._backend}): {error}") from error
        return {name: np.asarray(output) for name, output in zip(self._names, outputs, strict=True)}

    def _release(self) -> None:
        self._session = None


def _open(spec: ModelSpec, model: bytes, provider: str, threads: int) -> onnxruntime.InferenceSession:
    available = onnxruntime.get_available_providers()
    if provider not in available:
        raise EngineUnavailable(
            f"ONNX Runtime {onnxruntime.__version__} here has no {provider}, only {', '.join(available)}; "
            "for a GPU: uv pip uninstall onnxruntime && uv pip install onnxruntime-gpu"
        )
    try:
        session = onnxruntime.InferenceSession(model, _options(threads), providers=[provider])
    except Exception as error:  # its errors share no other base class
        raise ModelMismatch(f"{spec.name}: ONNX Runtime cannot load the model: {error}") from error
    if provider not in session.get_providers():  # it only warns when a GPU's libraries are missing
        raise EngineUnavailable(f"ONNX Runtime could not start its {provider}; are CUDA and cuDNN installed?")
    _log.debug("%s on %s, %d threads", spec.name, provider, threads)
    return session


def _options(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    # threads that spin while they wait slowed the face mesh beside them from 5.9 to 8.4 ms
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = _ERRORS_ONLY
    return options


def _compare(spec: ModelSpec, what: str, expected: tuple[TensorSpec, ...], found: Sequence[Any]) -> None:
    """Whether the file's tensors are those of the record, whatever their order."""
    in_file = {node.name: (tuple(node.shape), node.type) for node in found}
    in_record = {tensor.name: (tensor.shape, _ONNX_TYPES[tensor.dtype]) for tensor in expected}
    for name in in_record.keys() | in_file.keys():
        if in_record.get(name) != in_file.get(name):
            raise ModelMismatch(
                f"{spec.name}: {what} {name}: model.json says {in_record.get(name, 'nothing')}, "
                f"model.onnx {in_file.get(name, 'nothing')}"
            )
