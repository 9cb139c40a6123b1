"""What an evaluation compares: ways from a batch of tasks to redrawn patches."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from torch import nn

from training import checkpoint
from training.data.batches import Batch
from training.errors import EvaluationError
from training.models.redirected import Redirected

REDIRECTORS = ("cfgr", "deepwarp", "prgan")


class Method(Protocol):
    """One row of the table."""

    name: str

    def redirect(self, numbers: Sequence[int], batch: Batch) -> Redirected:
        """Redrawn patches of the pairs ``numbers``."""
        ...


class Identity:
    """Does nothing."""

    name = "identity"

    def redirect(self, numbers: Sequence[int], batch: Batch) -> Redirected:  # noqa: ARG002  # Method's
        """The source."""
        return Redirected(batch["source"])


class Trained:
    """A checkpoint's model."""

    def __init__(self, name: str, model: nn.Module) -> None:
        self.name, self._model = name, model.eval()

    @classmethod
    def open(cls, name: str, path: Path, device: torch.device) -> "Trained":
        """Read a redirector's checkpoint.

        Raises:
            CheckpointError: the file cannot be read.
            EvaluationError: it holds no redirector.

        """
        kind = checkpoint.load(path).model_name
        if kind not in REDIRECTORS:
            raise EvaluationError(f"{path}: holds a {kind}; --models takes {', '.join(REDIRECTORS)}")
        return cls(name, checkpoint.load_model(path).to(device))

    def redirect(self, numbers: Sequence[int], batch: Batch) -> Redirected:  # noqa: ARG002  # Method's
        """The model's answer, told the source angles of ``source_reading``."""
        return self._model(batch["source"], batch["source_reading"], batch["target_gaze"], batch["head"])


class External:
    """Patches that another program drew: ``FOLDER/NUMBER.png`` for each pair, seven digits."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name, self._folder = name, folder

    def redirect(self, numbers: Sequence[int], batch: Batch) -> Redirected:
        """The stored patches.

        Raises:
            EvaluationError: one is missing or of another size.

        """
        height, width = batch["source"].shape[-2:]
        patches = [self._read(self._folder / file_name(n), (height, width)) for n in numbers]
        return Redirected(torch.from_numpy(np.stack(patches)).to(batch["source"].device))

    def _read(self, path: Path, shape: tuple[int, int]) -> np.ndarray:
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None or bgr.shape[:2] != shape:
            found = "no readable picture" if bgr is None else f"{bgr.shape[1]}x{bgr.shape[0]}"
            raise EvaluationError(
                f"{path}: expected a {shape[1]}x{shape[0]} PNG of method {self.name}, found {found}; "
                "draw one for every line of pairs.json that --write-pairs wrote"
            )
        return (bgr[:, :, ::-1].transpose(2, 0, 1) / np.float32(255)).astype(np.float32)


def file_name(number: int) -> str:
    """Of a pair's patch."""
    return f"{number:07d}.png"
