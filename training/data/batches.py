"""Batches as torch takes them, in an order that depends on nothing but a seed (``training.data.dealing``)."""

from collections.abc import Iterator

import numpy as np
import torch

from training.data.augment import Arrays
from training.data.dealing import Cut, Dealer, Numbered, Plan, stacked, steps
from training.data.errors import DataError

__all__ = ["Batch", "Feed", "Plan", "in_order", "tensors"]

Batch = dict[str, torch.Tensor]
"""float32, explained in ``training.data.augment``. Of pairs: source, target (B, 3, h, w) RGB in [0, 1];
source_gaze, target_gaze, head (B, 2); eye_mask (B, 1, h, w); flow (B, 2, h, w); flow_weight (B, 1, h, w);
gaze_weight (B,); if asked for source_again (B, 3, h, w) and again_from_source (B, 2, 3). Of single pictures:
patch (B, 3, h, w), gaze (B, 2), head (B, 2), weight (B,)."""

_PREVIEW = 2
"""Keeps the random numbers of the preview apart from those of the samples."""


class Feed:
    """Batches for a training loop; a step's number is all the state there is.

    Args:
        samples: what is trained on.
        cut: makes arrays of a sample.
        plan: seed, sizes and processes.
        held_out: samples of the preview.
        held_out_cut: makes arrays of them.

    Raises:
        DataError: there are no samples.

    """

    def __init__(
        self,
        samples: Numbered,
        cut: Cut,
        plan: Plan,
        held_out: Numbered | None = None,
        held_out_cut: Cut | None = None,
    ) -> None:
        if not len(samples):
            raise DataError("there is nothing to train on: the data set has no samples")
        self._dealer = Dealer(samples, cut, plan)
        self._plan, self._held_out, self._held_out_cut = plan, held_out, held_out_cut or cut

    def batches(self, first_step: int = 0) -> Iterator[Batch]:
        """This process's part of the batches of steps ``first_step``, ``first_step + 1``, ... without end."""
        yield from map(tensors, steps(self._dealer, self._plan.workers, first_step))

    def preview(self) -> Batch | None:
        """One batch of held-out samples from all over the set, always the same; None if there are none."""
        if self._held_out is None or not len(self._held_out):
            return None
        count = min(self._plan.preview, len(self._held_out))
        key = self._plan.seed, _PREVIEW
        chosen = np.random.default_rng(key).choice(len(self._held_out), count, replace=False).tolist()
        made = [self._held_out_cut(self._held_out[i], np.random.default_rng([*key, i])) for i in chosen]
        return tensors(stacked(made))


def in_order(samples: Numbered, cut: Cut, batch: int, seed: int = 0) -> Iterator[tuple[range, Batch]]:
    """Every sample once, in its own order, with its number; the last batch may be short. For evaluation."""
    for first in range(0, len(samples), batch):
        numbers = range(first, min(first + batch, len(samples)))
        made = [cut(samples[i], np.random.default_rng([seed, 0, i])) for i in numbers]
        yield numbers, tensors(stacked(made))


def tensors(arrays: Arrays) -> Batch:
    """Stacked arrays as tensors: channels first, pictures in [0, 1]."""
    return {name: _tensor(array) for name, array in arrays.items()}


def _tensor(stack: np.ndarray) -> torch.Tensor:
    if stack.ndim == 4:  # (B, h, w, C), color or flow
        tensor = torch.from_numpy(stack).permute(0, 3, 1, 2).contiguous()
        return tensor.float().div_(255.0) if stack.dtype == np.uint8 else tensor
    if stack.ndim == 3 and stack.shape[1:] != (2, 3):  # (B, h, w), a map
        return torch.from_numpy(stack[:, None])
    return torch.from_numpy(stack)
