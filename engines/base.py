"""What every engine promises, and the checks that all of them share."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from engines.errors import InferenceError
from engines.spec import ModelSpec, TensorSpec

Array: TypeAlias = NDArray[Any]


class Engine(Protocol):
    """A model that is ready to run: named arrays in, named arrays out. Used from one thread."""

    @property
    def spec(self) -> ModelSpec:
        """What the model takes and gives."""
        ...

    @property
    def backend(self) -> str:
        """What runs it, e.g. "cpu"."""
        ...

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """All outputs of the model, in arrays of their own.

        Raises:
            InferenceError: a tensor is missing, unknown or of the wrong shape or dtype, the engine is
                closed, or the backend failed.
        """
        ...

    def close(self) -> None:
        """Release the model; safe to call twice."""
        ...

    def __enter__(self) -> Self:
        """The engine itself; it closes at the end of the block."""
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        ...


class CheckedEngine(ABC):
    """An Engine that checks all tensors against its spec; a backend adds ``_infer`` and ``_release``."""

    def __init__(self, spec: ModelSpec, backend: str) -> None:
        self._spec, self._backend = spec, backend
        self._closed = False

    @property
    def spec(self) -> ModelSpec:
        """What the model takes and gives."""
        return self._spec

    @property
    def backend(self) -> str:
        """What runs it."""
        return self._backend

    def run(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """See ``Engine.run``."""
        if self._closed:
            raise InferenceError(f"{self._spec.name}: the engine is closed; load it again")
        self._check("input", self._spec.inputs, inputs)
        outputs = self._infer(inputs)
        self._check("output", self._spec.outputs, outputs)
        return outputs

    def close(self) -> None:
        """Release the model; safe to call twice."""
        if not self._closed:
            self._closed = True
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @abstractmethod
    def _infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """The outputs for inputs that fit the spec."""

    @abstractmethod
    def _release(self) -> None:
        """Let go of what the backend holds; called once."""

    def _check(self, what: str, expected: tuple[TensorSpec, ...], found: Mapping[str, Array]) -> None:
        names = [tensor.name for tensor in expected]
        if set(found) != set(names):
            raise InferenceError(
                f"{self._spec.name}: expected {what}s {', '.join(names)}, got {', '.join(found) or 'none'}"
            )
        for tensor in expected:
            array = found[tensor.name]
            if array.shape != tensor.shape or array.dtype != np.dtype(tensor.dtype):
                raise InferenceError(
                    f"{self._spec.name}: {what} {tensor.name}: expected {tensor.shape} {tensor.dtype}, "
                    f"got {array.shape} {array.dtype}"
                )
