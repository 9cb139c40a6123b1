"""One process or many: who works on which part of a batch, and how their gradients become one.

Every process draws the same global batch order and takes its own contiguous part, as large as every other's.
A loss that is a mean over samples then has, as the mean over processes of its gradients, exactly the gradient
that one process would compute on the whole batch. Gradients are averaged after ``backward`` in one flat
message per data type, without a wrapper around the model: stages that alternate between networks, freeze
parts, or differentiate twice need no special case. Started by ``torchrun``; otherwise one process.
"""

import os
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist
from torch import nn

from training.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Iterator


CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class World:
    """This process among all of a training."""

    rank: int = 0
    size: int = 1
    device: torch.device = CPU

    @property
    def is_first(self) -> bool:
        """Whether this process writes files and speaks."""
        return self.rank == 0

    def share(self, batch: int) -> range:
        """Which samples of a global batch are this process's.

        Raises:
            TrainingError: the batch cannot be divided equally.

        """
        if batch % self.size:
            raise TrainingError(
                f"data.batch is {batch}, which {self.size} processes cannot share equally; "
                f"set it to a multiple of {self.size}"
            )
        part = batch // self.size
        return range(self.rank * part, (self.rank + 1) * part)

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace each gradient by its mean over the processes."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        for kind in sorted({g.dtype for g in gradients}, key=str):
            same = [g for g in gradients if g.dtype is kind]
            flat = torch.cat([g.reshape(-1) for g in same])
            dist.all_reduce(flat)
            flat /= self.size
            for gradient, mean in zip(same, flat.split([g.numel() for g in same]), strict=True):
                gradient.copy_(mean.view_as(gradient))

    def mean(self, values: torch.Tensor) -> torch.Tensor:
        """The mean over the processes of a small tensor, for the log."""
        if self.size > 1:
            values = values.detach().clone()
            dist.all_reduce(values)
            values /= self.size
        return values

    def fairness(self, weight: torch.Tensor) -> float | torch.Tensor:
        """What this process's weighted mean must be multiplied by, so that all means average to the whole's.

        A weighted mean divides by the weights of its own samples; those of the other processes differ.
        """
        if self.size == 1:
            return 1.0
        own = weight.detach().sum()
        return own / self.mean(own).clamp_min(1e-12)

    def any(self, flag: bool) -> bool:
        """Whether any process says yes; all get the same answer."""
        if self.size == 1:
            return flag
        said = torch.tensor(float(flag), device=self.device)
        dist.all_reduce(said, op=dist.ReduceOp.MAX)
        return bool(said.item())


@contextmanager
def joined(device: str = "auto", init_method: str | None = None) -> "Iterator[World]":
    """The world this process belongs to, left again at the end.

    ``device`` is "auto" (a GPU per process where there is one), "cpu" or "cuda". ``init_method`` is how the
    processes find each other, torchrun's environment if None.
    """
    rank, size = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    place = _device(device, int(os.environ.get("LOCAL_RANK", "0")))
    if size == 1:
        yield World(device=place)
        return
    backend = "nccl" if place.type == "cuda" else "gloo"
    dist.init_process_group(backend, init_method=init_method or "env://", rank=rank, world_size=size)
    try:
        yield World(rank, size, place)
    finally:
        dist.destroy_process_group()


def _device(wanted: str, local_rank: int) -> torch.device:
    if wanted == "cpu" or (wanted == "auto" and not torch.cuda.is_available()):
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise TrainingError("device is cuda, but this machine has no GPU that torch can use; set device=cpu")
    place = torch.device("cuda", local_rank)
    torch.cuda.set_device(place)
    return place
