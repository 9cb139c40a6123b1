"""Renders the shards of one order, in any number of processes."""

import logging
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from training.synthesis.eyes.assets import EyeAssets, open_assets
from training.synthesis.eyes.protocol import ProtocolSampler
from training.synthesis.eyes.sampling import Recipe, SceneSampler
from training.synthesis.eyes.shards import INDEX, write_index, write_shard
from training.synthesis.eyes.studio import Studio

log = logging.getLogger(__name__)
SCENES_PER_SHARD = 50


@dataclass(frozen=True, slots=True)
class Order:
    """What to render."""

    assets: Path
    out: Path
    scenes: int
    recipe: Recipe
    people: tuple[str, ...]
    protocol: bool = False
    """Scenes of the Columbia protocol instead of random ones."""
    scenes_per_shard: int = SCENES_PER_SHARD

    @property
    def shards(self) -> int:
        """How many files."""
        return -(-self.scenes // self.scenes_per_shard)

    def sampler(self, assets: EyeAssets) -> SceneSampler | ProtocolSampler:
        """What draws the scenes."""
        if not self.protocol:
            return SceneSampler(assets, self.recipe, self.people)
        once = ProtocolSampler(assets, self.recipe, self.people)
        return ProtocolSampler(assets, self.recipe, self.people, -(-self.scenes // len(once)))


class Worker:
    """One process: opens the assets and OpenGL once, renders shard after shard."""

    def __init__(self, order: Order) -> None:
        self._order = order
        assets = open_assets(order.assets)
        self._sampler = order.sampler(assets)
        self._studio = Studio.open(assets, order.recipe)

    def render(self, number: int) -> dict[str, Any]:
        """Write shard ``number`` and give its entry in the index."""
        first = number * self._order.scenes_per_shard
        last = min(first + self._order.scenes_per_shard, self._order.scenes)
        scenes = [self._sampler.scene(index) for index in range(first, last)]
        people = [self._sampler.people.index(scene.person) for scene in scenes]
        arrays = [self._studio.shoot(scene) for scene in scenes]
        return write_shard(self._order.out, number, arrays, people)


def render(order: Order, processes: int) -> list[dict[str, Any]]:
    """Render all shards, in any number of processes: the files don't depend on how many."""
    order.out.mkdir(parents=True, exist_ok=True)
    (order.out / INDEX).unlink(missing_ok=True)
    started, entries = time.perf_counter(), []
    # A forked process would share the parent's OpenGL: spawn.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_start, initargs=(order,))
    with pool:
        for entry in pool.map(_render, range(order.shards)):
            entries.append(entry)
            pictures = order.recipe.gazes * sum(done["scenes"] for done in entries)
            rate = pictures / (time.perf_counter() - started)
            log.info("%s: %d pictures, %.0f pictures/s", entry["file"], pictures, rate)
    recipe = {
        **asdict(order.recipe),
        "scenes": order.scenes,
        "scenes_per_shard": order.scenes_per_shard,
        "protocol": order.protocol,
    }
    write_index(order.out, entries, order.people, recipe)
    return entries


_worker: Worker | None = None


def _start(order: Order) -> None:
    """Open this process's worker; software OpenGL would otherwise take every core for itself."""
    global _worker  # noqa: PLW0603  # a pool's process has no other place to keep what it opened
    os.environ.setdefault("LP_NUM_THREADS", "0")
    _worker = Worker(order)


def _render(number: int) -> dict[str, Any]:
    assert _worker is not None
    return _worker.render(number)
