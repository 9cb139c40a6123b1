"""Train a model as a recipe says.

    python -m training.train RECIPE.toml --data DIR --out DIR [--resume] [--steps N] [--set key=value]

DIR holds rendered shards or ColumbiaGaze patches. The run can be stopped with Ctrl-C or SIGTERM and goes on
with --resume as if it had not been. ``torchrun --nproc-per-node N -m training.train ...`` shares each batch
among N processes.
"""

import argparse
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from training import config
from training.config import Recipe
from training.distributed import World, joined
from training.errors import RecipeError, TrainingError
from training.feeding import open_feed
from training.networks import open_networks
from training.trainer import CHECKPOINT, Trainer

logger = logging.getLogger(__name__)


class StopRequest:
    """Ctrl-C or SIGTERM: the step that runs is finished and kept; a second Ctrl-C ends at once."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask)

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.asked

    def _ask(self, number: int, _: object) -> None:
        self.asked = True
        signal.signal(number, signal.SIG_DFL)


def train(  # noqa: PLR0913  # one per option of the command
    recipe: Recipe,
    data: Path,
    out: Path,
    world: World,
    *,
    resume: bool = False,
    steps: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Train into a folder.

    Args:
        recipe: what to train, and how.
        data: folder of samples.
        out: folder of the run.
        world: this process among all.
        resume: go on from the folder's checkpoint.
        steps: stop after this step, counted from the training's beginning.
        stop: asked after every step.

    Returns:
        Whether the recipe was finished.

    Raises:
        TrainingError: recipe, data or checkpoint cannot be used.

    """
    if not any(recipe.stages.ordered()):
        raise RecipeError("no stage of the recipe has steps; set one of stages.NAME.steps")
    if not resume and (out / CHECKPOINT).exists():
        raise RecipeError(f"{out}: holds a run already; add --resume to go on with it, or name a new --out")
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    trainer = Trainer(recipe, open_networks(recipe, world.device), open_feed(recipe, data, world), world, out)
    if resume:
        trainer.resume()
    return trainer.run(steps, stop)


def main() -> None:
    """Read the arguments, train, and turn errors into one line and exit code 2."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("recipe", type=Path)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--resume", action="store_true", help="go on from OUT/checkpoint.pt")
    ask.add_argument("--steps", type=int, help="stop after this step, counted from the beginning")
    ask.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    args = ask.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        recipe = config.load(args.recipe, args.overrides)
        with joined(recipe.device) as world:
            if not world.is_first:
                logging.getLogger("training").setLevel(logging.WARNING)
            stop = StopRequest()
            train(recipe, args.data, args.out, world, resume=args.resume, steps=args.steps, stop=stop)
    except TrainingError as error:
        sys.exit(f"training: {error}")


if __name__ == "__main__":
    main()
