"""Compare trained models on people that they have not seen.

    python -m training.evaluate RECIPE.toml --data DIR --scorer CKPT --models cfgr=CKPT prgan=CKPT --out DIR
    python -m training.evaluate RECIPE.toml --data DIR --estimators runtime=CKPT scoring=CKPT --out DIR
    python -m training.evaluate RECIPE.toml --data DIR --scorer CKPT --models cfgr=CKPT --ladder --out DIR

The first writes ``table.md``, ``scores.json`` and the curves ``gaze_error.png`` and ``perceptual.png``; the
second ``estimators.md`` and ``estimators.json``; the third ``ladder.md`` and a sheet per model. ``identity``
is always a row. ``--write-pairs FOLDER`` writes the source patches and ``pairs.json`` for programs of another
kind, whose own patches ``--external NAME=FOLDER`` then takes as a row.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch

from training import config, sheets
from training.config import Recipe
from training.data import open_pairs, open_pictures
from training.data.batches import Batch, in_order
from training.data.dealing import Numbered
from training.data.protocol import ProtocolPairs
from training.data.shards import EyeShards
from training.distributed import CPU, World
from training.draws import Draws
from training.errors import EvaluationError, TrainingError
from training.evaluation import estimators, figures, ladder, tables
from training.evaluation.methods import External, Identity, Method, Trained, file_name
from training.evaluation.outlines import source_outlines
from training.evaluation.scores import MEASURES, Judge, Scoreboard, Scores
from training.feeding import pair_cut, picture_cut
from training.losses.features import EstimatorFeatures, VggFeatures
from training.losses.perceptual import Lpips
from training.networks import open_estimator
from training.provenance import commit, machine

logger = logging.getLogger(__name__)


def compare(recipe: Recipe, data: Path, scorer: Path, methods: Sequence[Method], out: Path) -> list[Scores]:
    """Every pair through every method; writes tables, figures of curves and all averages.

    Raises:
        TrainingError: data, scorer or a method cannot be used.

    """
    samples = _pairs(recipe, data)
    board = Scoreboard(methods, _judge(recipe, scorer))
    for numbers, batch in _batches(recipe, samples):
        board.add(numbers, batch)
    scores = board.scores()
    kind = _kind_of(data)
    (out / "table.md").write_text(tables.document(scores, _origin(scorer), kind))
    (out / "scores.json").write_text(json.dumps(_as_table(scores, scorer, kind), indent=1))
    figures.draw(scores, "gaze_error_deg", f"gaze error, deg ({kind})", out / "gaze_error.png")
    figures.draw(scores, "perceptual", f"perceptual distance ({kind})", out / "perceptual.png")
    return scores


def read_estimators(recipe: Recipe, data: Path, named: Sequence[tuple[str, Path]], out: Path) -> None:
    """Judge gaze estimators on single pictures.

    Raises:
        TrainingError: data or a checkpoint cannot be used.

    """
    pictures = _some(open_pictures(data, "test"), recipe.evaluation.pictures, recipe.seed)
    cut = picture_cut(recipe.evaluation.cut)
    batches = [batch for _, batch in in_order(pictures, cut, recipe.evaluation.batch, recipe.seed)]
    readings = [estimators.read(name, open_estimator(path), batches) for name, path in named]
    (out / "estimators.md").write_text(estimators.document(readings, _kind_of(data)))
    tables_ = [estimators.as_table(reading) for reading in readings]
    (out / "estimators.json").write_text(json.dumps(tables_, indent=1))


def climb(data: Path, scorer: Path, methods: Sequence[Method], out: Path) -> None:
    """From looking down at a screen to looking into the lens: a sheet per method, and figures.

    Raises:
        TrainingError: no pair of the data does that, or the scorer cannot be used.

    """
    rungs, judge = ladder.choose(open_pairs(data, "test")), open_estimator(scorer)
    found = [(m.name, ladder.climb(rungs, m, judge, out / f"ladder_{m.name}.png")) for m in methods]
    (out / "ladder.md").write_text(ladder.document(found, _kind_of(data)))


def write_pairs(recipe: Recipe, data: Path, folder: Path) -> None:
    """The source patches as PNG, and what is asked of each in ``pairs.json``: angles in rad, patch frame.

    Where the data say so, and patches are cut exactly, a line also has the lid margins and the limbus of the
    source, px of the patch, for programs that draw by geometry.
    """
    lines: list[dict[str, object]] = []
    samples = _pairs(recipe, data)
    for numbers, batch in _batches(recipe, samples):
        for row, n in enumerate(numbers):
            sheets.write(sheets.picture(batch["source"][row]), folder / file_name(n))
            asked = {key: batch[key][row].tolist() for key in ("source_gaze", "target_gaze", "head")}
            outlines = source_outlines(samples[n]) if recipe.evaluation.cut == "exact" else {}
            lines.append({"file": file_name(n), **asked, **outlines})
    (folder / "pairs.json").write_text(json.dumps(lines))


def main() -> None:
    """Read the arguments, evaluate, and turn errors into one line and exit code 2."""
    args = _arguments()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        _evaluate(args)
    except TrainingError as error:
        sys.exit(f"evaluation: {error}")


def _evaluate(args: argparse.Namespace) -> None:
    recipe = config.load(args.recipe, args.overrides)
    args.out.mkdir(parents=True, exist_ok=True)
    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    if args.write_pairs:
        write_pairs(recipe, args.data, args.write_pairs)
    if args.estimators:
        read_estimators(recipe, args.data, args.estimators, args.out)
        print((args.out / "estimators.md").read_text())
    trained = [Trained.open(name, path, CPU) for name, path in args.models]
    if trained and args.scorer is None:
        raise EvaluationError("--models needs --scorer, a gaze estimator that trained none of them")
    if args.scorer and args.ladder:
        climb(args.data, args.scorer, [Identity(), *trained], args.out)
        print((args.out / "ladder.md").read_text())
    elif args.scorer:
        external = [External(name, folder) for name, folder in args.external]
        compare(recipe, args.data, args.scorer, [Identity(), *external, *trained], args.out)
        print((args.out / "table.md").read_text())


def _arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("recipe", type=Path)
    ask.add_argument("--data", type=Path, required=True)
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--scorer", type=Path, help="checkpoint of the scoring gaze estimator")
    ask.add_argument("--models", type=_named, nargs="+", default=[], metavar="NAME=CKPT")
    ask.add_argument("--external", type=_named, nargs="+", default=[], metavar="NAME=FOLDER")
    ask.add_argument("--estimators", type=_named, nargs="+", default=[], metavar="NAME=CKPT")
    ask.add_argument(
        "--ladder", action="store_true", help="from the screen to the lens, instead of the table"
    )
    ask.add_argument("--write-pairs", type=Path, metavar="FOLDER")
    ask.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides")
    return ask.parse_args()


def _named(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (name and equals and path):
        raise argparse.ArgumentTypeError(f"expected NAME=PATH, got {text}")
    return name, Path(path)


class _Some:
    """Some of many samples, in their order."""

    def __init__(self, samples: Numbered, chosen: Sequence[int]) -> None:
        self._samples, self._chosen = samples, chosen

    def __len__(self) -> int:
        return len(self._chosen)

    def __getitem__(self, index: int) -> object:
        return self._samples[self._chosen[index]]


def _some(samples: Numbered, count: int, seed: int) -> Numbered:
    if not count or count >= len(samples):
        return samples
    chosen = np.random.default_rng(seed).choice(len(samples), count, replace=False)
    return _Some(samples, sorted(chosen.tolist()))


def _pairs(recipe: Recipe, data: Path) -> Numbered:
    if recipe.evaluation.protocol == "columbia" and (data / "index.json").exists():
        samples: Numbered = ProtocolPairs(EyeShards(data, "test"))
    else:
        samples = open_pairs(data, "test")
    return _some(samples, recipe.evaluation.pairs, recipe.seed)


def _batches(recipe: Recipe, samples: Numbered) -> Iterator[tuple[Sequence[int], Batch]]:
    """Batches of pairs whose eyes are open, with the source angles that the models are told."""
    settings = recipe.evaluation
    for numbers, batch in in_order(samples, pair_cut(settings.cut), settings.batch, recipe.seed):
        draws = Draws(recipe.seed, numbers[0], len(numbers), World())
        batch["source_reading"] = batch["source_gaze"] + draws.angle_error([settings.source_error_deg])
        kept = (batch["gaze_weight"] > 0.0).nonzero().flatten()
        if len(kept):
            yield [numbers[k] for k in kept.tolist()], {key: value[kept] for key, value in batch.items()}


def _judge(recipe: Recipe, scorer: Path) -> Judge:
    estimator = open_estimator(scorer)
    if recipe.evaluation.lpips_weights and not recipe.guides.vgg:
        raise EvaluationError("evaluation.lpips_weights belong to VGG-16; set guides.vgg to its weights too")
    weights = Path(recipe.evaluation.lpips_weights) if recipe.evaluation.lpips_weights else None
    features = VggFeatures(Path(recipe.guides.vgg)) if weights else EstimatorFeatures(estimator)
    return Judge(estimator, Lpips(features, weights))


def _kind_of(data: Path) -> str:
    return "renders" if (data / "index.json").exists() else "photographs"


def _origin(scorer: Path) -> str:
    return (
        f"Scored by {scorer.parent.name}/{scorer.name}; `gaze error` is its reading of the result against "
        "the target angles, `from the real target` against its reading of the real target. "
        f"Commit {commit()}, {machine()}."
    )


def _as_table(scores: Sequence[Scores], scorer: Path, kind: str) -> dict[str, object]:
    rows = {
        s.name: {m: {"all": s.mean(m), "by_group": s.by_group(m), "by_pose": s.by_pose(m)} for m in MEASURES}
        for s in scores
    }
    made = {"scorer": str(scorer), "commit": commit(), "machine": machine(), "data": kind}
    return {"methods": rows, "pairs": len(scores[0].group), **made}


if __name__ == "__main__":
    main()
