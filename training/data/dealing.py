"""Which samples make up a step, and the processes that prepare steps ahead; without torch, to start fast.

Sample ``i`` of epoch ``e``, and everything random about it, follows from (seed, e, i): the number of worker
processes, of training processes and of stops between makes no difference, and any step can be the first.
"""

import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count, islice
from typing import Any, Protocol

import cv2
import numpy as np

from training.data.augment import Arrays
from training.data.errors import DataError

Cut = Callable[[Any, np.random.Generator], Arrays]
"""Turns a sample into arrays, by random numbers of its own alone."""

_ORDER = 1
"""Keeps the random numbers of an epoch's order apart from those of its samples."""
_AHEAD = 3
"""Steps that each worker may be ahead."""


class Numbered(Protocol):
    """Samples by number."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Any: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """How batches are dealt."""

    batch: int = 32
    """Samples of one step, over all training processes together."""
    seed: int = 1
    workers: int = 1
    """Processes that make samples; 0 makes them in this one."""
    rank: int = 0
    """This training process among ``world``."""
    world: int = 1
    preview: int = 16
    """Samples of the preview."""

    def __post_init__(self) -> None:
        if self.batch < 1 or self.batch % self.world:
            raise DataError(f"a batch of {self.batch} can't be shared equally by {self.world} processes")
        if not 0 <= self.rank < self.world:
            raise DataError(f"rank {self.rank} isn't one of {self.world} processes")


class Dealer:
    """This training process's part of each step, as stacked arrays."""

    def __init__(self, samples: Numbered, cut: Cut, plan: Plan) -> None:
        self._samples, self._cut, self._plan = samples, cut, plan
        self._epoch, self._order = -1, np.empty(0, np.int64)

    def step(self, number: int) -> Arrays:
        """The arrays of a step, (samples, ...) each."""
        part = self._plan.batch // self._plan.world
        first = number * self._plan.batch + self._plan.rank * part
        total = len(self._samples)
        return stacked([self._sample(*divmod(n, total)) for n in range(first, first + part)])

    def _sample(self, epoch: int, i: int) -> Arrays:
        if epoch != self._epoch:
            order = np.random.default_rng([self._plan.seed, epoch, 0, _ORDER])
            self._epoch, self._order = epoch, order.permutation(len(self._samples))
        chosen = self._samples[int(self._order[i])]
        return self._cut(chosen, np.random.default_rng([self._plan.seed, epoch, i]))


def stacked(samples: Sequence[Arrays]) -> Arrays:
    """Samples with the same names and shapes as one set of arrays."""
    return {name: np.stack([sample[name] for sample in samples]) for name in samples[0]}


def steps(dealer: Dealer, workers: int, first: int) -> Iterator[Arrays]:
    """The steps from ``first`` on without end, in order, made by ``workers`` processes or by this one."""
    if not workers:
        yield from map(dealer.step, count(first))
        return
    # a fork would copy this process's threads, OpenGL contexts and devices in an unknown state
    spawn = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, spawn, initializer=_start_worker, initargs=(dealer,))
    try:
        numbers = count(first)
        waiting: deque[Future[Arrays]] = deque(
            pool.submit(_step, number) for number in islice(numbers, workers * _AHEAD)
        )
        for number in numbers:
            yield waiting.popleft().result()
            waiting.append(pool.submit(_step, number))
    finally:
        pool.shutdown(cancel_futures=True)


_dealers: list[Dealer] = []
"""The one dealer of a worker process."""


def _start_worker(dealer: Dealer) -> None:
    cv2.setNumThreads(1)  # the number of workers is what divides the machine
    _dealers[:] = [dealer]


def _step(number: int) -> Arrays:
    return _dealers[0].step(number)
