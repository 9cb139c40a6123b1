"""Renders shards of eyes with exact labels.

python -m training.synthesis.eyes --assets ../shared/data/unityeyes2 --out /tmp/eyes --scenes 4000
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from training.synthesis.errors import SynthesisError
from training.synthesis.eyes.assets import open_assets
from training.synthesis.eyes.production import Order, render
from training.synthesis.eyes.protocol import GAZES, ProtocolSampler
from training.synthesis.eyes.sampling import Recipe, SceneSampler


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="training.synthesis.eyes", description="Render shards of eyes.")
    parser.add_argument("--assets", type=Path, required=True, help="UnityEyes 2: imported, or a checkout")
    parser.add_argument("--out", type=Path, required=True, help="folder of the shards")
    parser.add_argument("--scenes", type=int, default=4000)
    parser.add_argument("--gazes", type=int, default=6, help="pictures of each scene")
    parser.add_argument("--pairs", type=int, default=8, help="pairs of each scene with flow")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--people", nargs="*", help="skins, by name; default all")
    parser.add_argument(
        "--protocol",
        type=int,
        default=0,
        metavar="N",
        help="instead of random scenes the Columbia protocol's, of the held-out people, N times",
    )
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        if chosen.scenes < 1 or chosen.processes < 1:
            raise ValueError(f"--scenes {chosen.scenes}, --processes {chosen.processes}: expected 1 or more")
        render(_order(chosen), chosen.processes)
    except (SynthesisError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _order(chosen: argparse.Namespace) -> Order:
    assets = open_assets(chosen.assets)
    if chosen.protocol:
        recipe = Recipe(chosen.seed, GAZES, chosen.pairs)
        sampler = ProtocolSampler(assets, recipe, chosen.people, chosen.protocol)
        return Order(chosen.assets, chosen.out, len(sampler), recipe, sampler.people, protocol=True)
    recipe = Recipe(chosen.seed, chosen.gazes, chosen.pairs)
    people = SceneSampler(assets, recipe, chosen.people).people
    return Order(chosen.assets, chosen.out, chosen.scenes, recipe, people)


if __name__ == "__main__":
    sys.exit(main())
