from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from training.data import open_pairs, open_pictures
from training.data.augment import Augmented, AugmentedPicture, Exact
from training.data.batches import Batch, Feed, Plan, in_order
from training.data.errors import DataError

PLAN = Plan(batch=6, seed=7, workers=0, preview=5)


def feed(shards: Path, plan: Plan = PLAN) -> Feed:
    return Feed(open_pairs(shards), Augmented(again=True), plan, open_pairs(shards, "test"), Exact())


def same(a: Batch, b: Batch) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


class Numbers:
    """Samples that are their own number."""

    def __init__(self, count: int) -> None:
        self.count = count

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> int:
        return index


def as_label(number: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    return {"number": np.int64(number), "drawn": rng.random(2)}


def test_a_batch_of_pairs_has_the_shapes_that_models_take(shards: Path) -> None:
    batch = next(feed(shards).batches())
    assert {name: tuple(value.shape) for name, value in batch.items()} == {
        "source": (6, 3, 64, 96),
        "target": (6, 3, 64, 96),
        "source_gaze": (6, 2),
        "target_gaze": (6, 2),
        "head": (6, 2),
        "eye_mask": (6, 1, 64, 96),
        "flow": (6, 2, 64, 96),
        "flow_weight": (6, 1, 64, 96),
        "gaze_weight": (6,),
        "source_again": (6, 3, 64, 96),
        "again_from_source": (6, 2, 3),
    }
    assert all(value.dtype == torch.float32 for value in batch.values())
    assert 0 <= batch["source"].min() < batch["source"].max() <= 1


def test_a_batch_of_pictures_has_the_shapes_that_estimators_take(shards: Path) -> None:
    batch = next(Feed(open_pictures(shards), AugmentedPicture(), PLAN).batches())
    shapes = {name: tuple(value.shape) for name, value in batch.items()}
    assert shapes == {"patch": (6, 3, 64, 96), "gaze": (6, 2), "head": (6, 2), "weight": (6,)}


def test_any_step_can_be_the_first(shards: Path) -> None:
    through = list(islice(feed(shards).batches(), 4))
    resumed = list(islice(feed(shards).batches(2), 2))
    assert same(resumed[0], through[2])
    assert same(resumed[1], through[3])


def test_worker_processes_give_the_batches_of_none(shards: Path) -> None:
    alone = islice(feed(shards).batches(1), 3)
    apart = islice(feed(shards, Plan(6, seed=7, workers=2)).batches(1), 3)
    assert all(same(a, b) for a, b in zip(alone, apart, strict=True))


def test_training_processes_share_the_batch_of_one(shards: Path) -> None:
    one = next(feed(shards).batches(3))
    parts = [next(feed(shards, Plan(6, 7, 0, rank, 2)).batches(3)) for rank in (0, 1)]
    assert same(one, {name: torch.cat([p[name] for p in parts]) for name in one})


def test_an_epoch_shows_every_sample_once_and_the_next_in_another_order() -> None:
    batches = Feed(Numbers(10), as_label, Plan(batch=5, workers=0)).batches()
    epochs = [torch.cat([next(batches)["number"], next(batches)["number"]]).tolist() for _ in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(10))
    assert epochs[0] != epochs[1]


def test_a_batch_larger_than_the_data_runs_over_into_the_next_epoch() -> None:
    batch = next(Feed(Numbers(3), as_label, Plan(batch=7, workers=0)).batches())
    assert sorted(batch["number"].tolist()[:3]) == sorted(batch["number"].tolist()[3:6]) == [0, 1, 2]
    assert len(torch.unique(batch["drawn"], dim=0)) == 7


def test_another_seed_gives_another_order() -> None:
    orders = [next(Feed(Numbers(50), as_label, Plan(50, seed, 0)).batches())["number"] for seed in (1, 2)]
    assert not torch.equal(*orders)


def test_the_preview_is_always_the_same_and_of_held_out_people(shards: Path) -> None:
    held_out = feed(shards)
    before = held_out.preview()
    next(held_out.batches())
    assert before is not None
    assert same(before, held_out.preview())
    gazes = {tuple(g.tolist()) for g in before["source"][:, 0, 0]}
    shown = (
        Exact()(p, np.random.default_rng(0)) for p in map(open_pairs(shards, "test").__getitem__, range(26))
    )
    assert gazes <= {tuple((s["source"][0, :, 0] / np.float32(255)).tolist()) for s in shown}


def test_without_held_out_people_there_is_no_preview(shards: Path) -> None:
    assert Feed(open_pairs(shards), Exact(), PLAN).preview() is None


def test_evaluation_sees_every_sample_in_order() -> None:
    seen = list(in_order(Numbers(5), as_label, batch=2))
    assert [list(numbers) for numbers, _ in seen] == [[0, 1], [2, 3], [4]]
    assert [batch["number"].tolist() for _, batch in seen] == [[0, 1], [2, 3], [4]]


def test_an_empty_data_set_is_refused() -> None:
    with pytest.raises(DataError, match="nothing to train on"):
        Feed(Numbers(0), as_label, PLAN)


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(DataError, match="a batch of 5 can't be shared equally by 2"):
        Plan(batch=5, world=2)


def test_a_rank_outside_of_the_world_is_refused() -> None:
    with pytest.raises(DataError, match="rank 2"):
        Plan(batch=4, rank=2, world=2)
