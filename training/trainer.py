"""The loop of a training: stages in order, steps in order, and everything that survives a stop.

A run lives in one folder: ``checkpoint.pt`` (to go on from), ``model.pt`` (the finished model),
``log.jsonl``, ``curves.png`` and ``sheets/STEP.png``. What a step does depends only on the recipe, the data
and the weights, so a run that was killed and resumed gives the same losses, bit for bit on a CPU with as many
threads.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from training import checkpoint, config, curves
from training.checkpoint import Checkpoint
from training.config import Recipe
from training.distributed import World
from training.draws import Draws
from training.errors import CheckpointError
from training.optim import WeightAverage
from training.provenance import commit, machine
from training.stages import open_stage
from training.stages.stage import Batch, Networks, Stage

logger = logging.getLogger(__name__)

CHECKPOINT = "checkpoint.pt"
MODEL = "model.pt"
LOG = "log.jsonl"


class Feed(Protocol):
    """Where batches come from."""

    def batches(self, first_step: int) -> Iterator[Batch]:
        """This process's part of the batches of steps ``first_step``, ``first_step + 1``, and so on."""
        ...

    def preview(self) -> Batch | None:
        """One batch of people who are not trained on, always the same, for pictures and figures."""
        ...


@dataclass
class _Pending:
    """Losses since the last record."""

    sums: dict[str, float] = field(default_factory=dict[str, float])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    steps: int = 0

    def add(self, losses: dict[str, float]) -> None:
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
            self.counts[name] = self.counts.get(name, 0) + 1
        self.steps += 1

    def means(self) -> dict[str, float]:
        return {name: total / self.counts[name] for name, total in self.sums.items()}


class Trainer:
    """One training, from its first step or from a checkpoint."""

    def __init__(
        self,
        recipe: Recipe,
        networks: Networks,
        feed: Feed,
        world: World,
        out: Path,
    ) -> None:
        self.step = 0
        self.history: list[dict[str, Any]] = []
        self._recipe, self._networks, self._feed = recipe, networks, feed
        self._world, self._out = world, out
        self._average = WeightAverage(networks.model, recipe.average) if recipe.average else None
        self._pending = _Pending()
        self._updates: dict[str, Any] = {}
        self._clock = _Clock()

    def resume(self) -> None:
        """Go on from the folder's checkpoint.

        Raises:
            CheckpointError: there is none, or it belongs to another model.

        """
        path = self._out / CHECKPOINT
        kept = checkpoint.load(path)
        if kept.resume is None:
            raise CheckpointError(f"{path}: a finished model, not a run to resume; start a new --out")
        table = config.as_table(self._recipe)
        for key in ("model", "seed"):
            if kept.meta["recipe"][key] != table[key]:
                raise CheckpointError(
                    f"{path}: the run has {key} {kept.meta['recipe'][key]}, the recipe {table[key]}; "
                    "resume with the recipe it began with, or start a new --out"
                )
        self._networks.load_state_dict(kept.resume["networks"])
        if self._average:
            self._average.model.load_state_dict(kept.state_dict)
        self.step, self.history = int(kept.meta["step"]), list(kept.meta["history"])
        self._updates = dict(kept.resume["updates"])
        self._pending = _Pending(**kept.resume["pending"])
        if self._world.is_first:
            curves.write_log(self.history, self._out / LOG)
        logger.info("resumed at step %d", self.step)

    def run(self, last_step: int | None = None, stop: Callable[[], bool] = lambda: False) -> bool:
        """Train until the recipe ends, ``last_step`` is reached or ``stop`` says so, and keep a checkpoint.

        Returns:
            Whether the recipe was finished; then ``model.pt`` is written.

        """
        self._out.mkdir(parents=True, exist_ok=True)
        end = sum(settings.steps for _, settings in self._recipe.stages.ordered())
        limit = end if last_step is None else min(end, last_step)
        batches = self._feed.batches(self.step)
        self._clock.restart()
        for name, first, stage in self._stages():
            last = min(limit, first + stage.settings.steps)
            while self.step < last:
                self._one_step(name, stage, self.step - first, next(batches))
                if self._world.any(stop()):
                    limit = last = self.step
            self._updates = {name: stage.state_dict()}
            if self.step >= limit:
                break
        self._save()
        if self.step >= end:
            self._write_model()
        return self.step >= end

    def _stages(self) -> Iterator[tuple[str, int, Stage]]:
        """Name, first step and stage, from the one that the present step belongs to."""
        first = 0
        for name, settings in self._recipe.stages.ordered():
            if self.step < first + settings.steps:
                stage = open_stage(name, self._networks, settings, self._world)
                if name in self._updates:
                    stage.load_state_dict(self._updates[name])
                yield name, first, stage
            first += settings.steps

    def _one_step(self, name: str, stage: Stage, k: int, batch: Batch) -> None:
        recipe, log = self._recipe, self._recipe.log
        draws = Draws(recipe.seed, self.step, recipe.data.batch, self._world)
        seen = {key: value.to(self._world.device, non_blocking=True) for key, value in batch.items()}
        if "source_gaze" in seen:
            seen["source_reading"] = seen["source_gaze"] + draws.angle_error(recipe.data.source_jitter_deg)
        losses = stage.step(seen, k, draws)
        if self._average:
            self._average.follow(self._networks.model, self.step)
        self._pending.add(self._shared(losses))
        self.step += 1
        if self.step % log.every_steps == 0:
            self._record(name, stage, k)
        if self._world.is_first and self.step % log.sheet_every_steps == 0:
            self._look(stage)
        by_steps = log.checkpoint_every_steps and self.step % log.checkpoint_every_steps == 0
        if by_steps or self._clock.since_checkpoint_s() > 60.0 * log.checkpoint_minutes:
            self._updates = {name: stage.state_dict()}
            self._save()

    def _shared(self, losses: dict[str, torch.Tensor]) -> dict[str, float]:
        values = self._world.mean(torch.stack([value.detach().float() for value in losses.values()]))
        return dict(zip(losses, values.tolist(), strict=True))

    def _record(self, name: str, stage: Stage, k: int) -> None:
        ms = self._clock.lap_ms(self._pending.steps)
        record: dict[str, Any] = {"step": self.step, "stage": name, **self._pending.means()}
        record["learning_rate"] = stage.learning_rate(k)
        record |= {"ms_per_step": ms, "images_per_s": 1000.0 * self._recipe.data.batch / ms}
        self._pending = _Pending()
        self.history.append(record)
        if self._world.is_first:
            curves.append_log(record, self._out / LOG)
            logger.info(_line(record))

    def _look(self, stage: Stage) -> None:
        """A sheet of held-out samples and figures on them; random numbers and weights stay as they are."""
        batch = self._feed.preview()
        if batch is None:
            return
        began = time.monotonic()
        model = self._average.model if self._average else self._networks.model
        seen = {key: value.to(self._world.device) for key, value in batch.items()}
        if "source_gaze" in seen:
            seen["source_reading"] = seen["source_gaze"]
        figures = stage.look(model, seen, self._out / "sheets" / f"{self.step:07d}.png")
        self.history.append({"step": self.step, "stage": "held-out", **figures})
        curves.append_log(self.history[-1], self._out / LOG)
        curves.draw(self.history, self._out / "curves.png", self._out.name)
        logger.info(_line(self.history[-1]))
        self._clock.leave_out(time.monotonic() - began)

    def _save(self) -> None:
        self._clock.checkpointed()
        if self._world.is_first:
            resume = {
                "networks": self._networks.state_dict(),
                "updates": self._updates,
                "pending": asdict(self._pending),
            }
            checkpoint.save(self._checkpoint(resume), self._out / CHECKPOINT)

    def _write_model(self) -> None:
        if self._world.is_first:
            checkpoint.save(self._checkpoint(None), self._out / MODEL)
            logger.info("finished: %s", self._out / MODEL)

    def _checkpoint(self, resume: dict[str, Any] | None) -> Checkpoint:
        recipe = self._recipe
        model = self._average.model if self._average else self._networks.model
        meta = {
            "step": self.step,
            "recipe": config.as_table(recipe),
            "commit": commit(),
            "seed": recipe.seed,
            "machine": machine(),
            "history": self.history,
        }
        return Checkpoint(recipe.model.name, self._networks.settings_table, model.state_dict(), meta, resume)


class _Clock:
    """Time spent on steps alone, and since the last checkpoint."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._lap = self._saved = time.monotonic()

    def lap_ms(self, steps: int) -> float:
        now = time.monotonic()
        ms = 1000.0 * (now - self._lap) / max(steps, 1)
        self._lap = now
        return ms

    def leave_out(self, seconds: float) -> None:
        self._lap += seconds

    def checkpointed(self) -> None:
        self._saved = time.monotonic()

    def since_checkpoint_s(self) -> float:
        return time.monotonic() - self._saved


def _line(record: dict[str, Any]) -> str:
    values = (f"{key} {value:.4g}" for key, value in record.items() if key not in ("step", "stage"))
    return f"step {record['step']} {record['stage']}: {', '.join(values)}"
