"""Run a model file: named tensors in, named tensors out. Knows nothing of faces."""

import os
from pathlib import Path

from engines.base import Engine
from engines.errors import EngineUnavailable
from engines.spec import ModelSpec, read_model

# From 1.29 on ONNX Runtime reports to its maker over the network, by an outbox in the user's cache folder.
# It looks for this once, when it is first used, so it stands where nobody can come before it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

BACKENDS = ("auto", "cpu", "cuda", "tensorrt")
DEFAULT_THREADS = 1
"""The live models are too small to be shared out: 3.9 ms on one thread and 4.2 on two, 4.6 against 7.1 at the
90th percentile (two busy cores). Only at twice the arithmetic did a second thread help."""


def zoo_path(name: str) -> Path:
    """The folder of a model that comes with the package."""
    return Path(__file__).parent / "zoo" / name


def load(path: Path, backend: str = "auto", threads: int = DEFAULT_THREADS) -> Engine:
    """The model in a folder (``model.onnx`` and ``model.json``), ready to run.

    Args:
        path: the folder.
        backend: one of ``BACKENDS``; auto takes CUDA where it works, else the CPU.
        threads: of the CPU, for one run.

    Raises:
        ModelNotFound: the folder or one of its files is not there.
        ModelMismatch: the files are malformed or do not belong together.
        EngineUnavailable: no backend of those asked for works here; every one's reason is given.
    """
    spec, model = read_model(path)
    reasons: list[str] = []
    for name in ("cuda", "cpu") if backend == "auto" else (backend,):
        try:
            return _open(name, spec, model, threads)
        except EngineUnavailable as error:
            reasons.append(f"{name}: {error}")
    raise EngineUnavailable(f"{spec.name} cannot run here. " + "; ".join(reasons))


def _open(backend: str, spec: ModelSpec, model: bytes, threads: int) -> Engine:
    match backend:
        case "cpu" | "cuda":
            try:
                from engines.ort import OrtEngine
            except ImportError as error:
                raise EngineUnavailable(f"ONNX Runtime does not import: {error}") from error
            return OrtEngine(spec, model, backend, threads)
        case "tensorrt":
            raise EngineUnavailable("TensorRT engines are not part of this version; use auto, cuda or cpu")
        case _:
            raise EngineUnavailable(f"there is no such backend; known: {', '.join(BACKENDS)}")
