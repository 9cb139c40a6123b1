"""An engine without a model file: a function stands in for the network. For tests and experiments."""

from collections.abc import Callable, Mapping

from engines.base import Array, CheckedEngine
from engines.spec import ModelSpec


class FakeEngine(CheckedEngine):
    """Runs ``function(inputs) -> outputs`` under the checks of every engine; counts its ``runs``."""

    def __init__(
        self, spec: ModelSpec, function: Callable[[Mapping[str, Array]], Mapping[str, Array]]
    ) -> None:
        super().__init__(spec, "fake")
        self._function = function
        self.runs = 0

    def _infer(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        self.runs += 1
        return dict(self._function(inputs))

    def _release(self) -> None:
        """A function holds nothing."""
