"""One process of a training, as torchrun would start it, for tests.

python -m tests.training.one_process DATA OUT [--rendezvous FILE] [--die-at STEP] [--set KEY=VALUE]
"""

import argparse
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path

from training import config
from training.config import Recipe
from training.distributed import joined
from training.train import train

SMOKE = Path(config.__file__).parent / "recipes" / "smoke.toml"


def tiny_recipe(*overrides: str) -> Recipe:
    """The smoke recipe with a sheet at no step."""
    return config.load(SMOKE, ["log.sheet_every_steps=1000", *overrides])


def dies_at(step: int) -> Callable[[], bool]:
    """A stop that kills this process after so many steps, without any chance to tidy up."""
    left = step

    def stop() -> bool:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return False

    return stop


def main(arguments: Sequence[str] | None = None) -> None:
    """Train."""
    ask = argparse.ArgumentParser()
    ask.add_argument("data", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("--rendezvous", type=Path)
    ask.add_argument("--die-at", type=int, default=0)
    ask.add_argument("--set", action="append", default=[], dest="overrides")
    args = ask.parse_args(arguments)
    init = args.rendezvous.as_uri() if args.rendezvous else None
    with joined("cpu", init) as world:
        out = args.out if world.is_first else args.out.with_name(f"{args.out.name}-{world.rank}")
        train(tiny_recipe(*args.overrides), args.data, out, world, stop=dies_at(args.die_at))


if __name__ == "__main__":
    main()
