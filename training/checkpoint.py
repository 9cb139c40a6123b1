"""A trained model on disk: what it is, its weights, how it came about, and where to go on.

One file, written whole or not at all: ``torch.save`` of a dict with

    format, version          what this file is
    model_name               for ``training.models.build``
    model_settings           the settings of that model, a plain dict
    state_dict               the weights to use (the moving average, where the recipe keeps one)
    meta                     step, recipe, commit, seed, machine, history
    resume                   what training needs to go on exactly, or None in a finished model

Reading runs no code: ``torch.load(weights_only=True)``.
"""

import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.errors import CheckpointError
from training.models import build

FORMAT = "gazecam-checkpoint"
VERSION = 1

State = dict[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A model as it was at one step."""

    model_name: str
    model_settings: Mapping[str, Any]
    state_dict: State
    meta: Mapping[str, Any] = field(default_factory=dict)
    resume: Mapping[str, Any] | None = None


def save(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint; a file that is already there is replaced in one move, never left half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(path.name + ".unfinished")
    content = {
        "format": FORMAT,
        "version": VERSION,
        "model_name": checkpoint.model_name,
        "model_settings": dict(checkpoint.model_settings),
        "state_dict": checkpoint.state_dict,
        "meta": dict(checkpoint.meta),
        "resume": None if checkpoint.resume is None else dict(checkpoint.resume),
    }
    with unfinished.open("wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def load(path: Path) -> Checkpoint:
    """Read a checkpoint onto the CPU.

    Raises:
        CheckpointError: the file is missing, damaged, not a checkpoint, or of a newer version.

    """
    content = _read(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(
            f"{path}: not a GazeCam checkpoint (no format {FORMAT!r} in it); "
            "give a file that training.train wrote, such as OUT/model.pt"
        )
    if content.get("version") != VERSION:
        raise CheckpointError(
            f"{path}: checkpoint version {content.get('version')}, this code reads version {VERSION}; "
            "use the GazeCam of the commit in its meta, or train again"
        )
    keys = ("model_name", "model_settings", "state_dict", "meta", "resume")
    missing = [key for key in keys if key not in content]
    if missing:
        raise CheckpointError(
            f"{path}: the checkpoint lacks {', '.join(missing)}; it is damaged, train again"
        )
    return Checkpoint(**{key: content[key] for key in keys})


def load_model(path: Path, expected: str | None = None) -> nn.Module:
    """The model of a checkpoint, with its weights, in evaluation mode.

    Raises:
        CheckpointError: as ``load``; or the model is not an ``expected`` one, or the weights do not fit it.

    """
    checkpoint = load(path)
    if expected is not None and checkpoint.model_name != expected:
        raise CheckpointError(f"{path}: holds a {checkpoint.model_name}, expected a {expected}")
    model = build(checkpoint.model_name, checkpoint.model_settings)
    try:
        model.load_state_dict(checkpoint.state_dict)
    except RuntimeError as error:
        first = str(error).splitlines()[1].strip().rstrip(".")  # the heading comes before it
        raise CheckpointError(
            f"{path}: the weights do not fit the {checkpoint.model_name} of its own settings: {first}; "
            f"they were written by commit {checkpoint.meta.get('commit', 'unknown')}"
        ) from error
    return model.eval()


def _read(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot read the checkpoint: {error.strerror}") from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CheckpointError(
            f"{path}: not a readable checkpoint: {reason}; give a file that training.train wrote"
        ) from error
