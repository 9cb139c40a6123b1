"""Random numbers of one step, the same however many processes share it."""

from collections.abc import Sequence

import torch

from training.distributed import World


class Draws:
    """Numbers that depend only on (seed, step) and on a sample's place in the global batch.

    All are drawn for the whole batch, on the CPU, and each process keeps its own part: one process and many
    see the same, and a resumed training needs no generator state.
    """

    def __init__(self, seed: int, step: int, batch: int, world: World) -> None:
        self._generator = torch.Generator().manual_seed((seed * 1_000_003 + step) % 2**63)
        self._batch, self._world = batch, world

    def normal(self, *shape: int) -> torch.Tensor:
        """Standard normal numbers (own samples, *shape)."""
        return self._own(torch.randn((self._batch, *shape), generator=self._generator))

    def uniform(self, *shape: int) -> torch.Tensor:
        """Numbers (own samples, *shape) from [0, 1)."""
        return self._own(torch.rand((self._batch, *shape), generator=self._generator))

    def angle_error(self, spread_deg: Sequence[float]) -> torch.Tensor:
        """Errors (own samples, 2) in rad, as an estimator makes them.

        The standard deviation of a sample lies between the least and the greatest of ``spread_deg``.
        """
        least, greatest = min(spread_deg, default=0.0), max(spread_deg, default=0.0)
        spread = torch.deg2rad(least + (greatest - least) * self.uniform(1))
        return spread * self.normal(2)

    def _own(self, values: torch.Tensor) -> torch.Tensor:
        own = self._world.share(self._batch)
        return values[own.start : own.stop].to(self._world.device)
