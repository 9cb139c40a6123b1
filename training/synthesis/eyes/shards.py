"""A folder of shards: files of scenes, and an index that says what they hold and proves that they are whole.

A shard is an uncompressed npz of the arrays of ``Studio.shoot`` with a first axis of scenes, and
``person``, each scene's place in the index's list of people. ``docs/rendered_eyes.md`` has the table.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.synthesis.eyes.sampling import TEST_PEOPLE
from training.synthesis.eyes.view import CANTHI_PX, HEIGHT, WIDTH

FORMAT, VERSION = "gazecam-eyes", 1
INDEX = "index.json"
Arrays = Mapping[str, NDArray[np.generic]]


def shard_name(number: int) -> str:
    """File name of shard ``number``."""
    return f"eyes-{number:05d}.npz"


def write_shard(folder: Path, number: int, scenes: Sequence[Arrays], people: Sequence[int]) -> dict[str, Any]:
    """Write one shard and give its entry in the index.

    Args:
        folder: where the shard goes.
        number: its place among the shards.
        scenes: arrays of each scene.
        people: each scene's place in the index's list of people.
    """
    path = folder / shard_name(number)
    arrays = {name: np.stack([scene[name] for scene in scenes]) for name in scenes[0]}
    partial = path.with_suffix(".partial.npz")
    np.savez(partial, person=np.asarray(people, np.int16), **arrays)  # pyright: ignore[reportArgumentType]
    partial.replace(path)
    return {"file": path.name, "scenes": len(scenes), "sha256": digest(path)}


def digest(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_index(
    folder: Path, shards: Sequence[Mapping[str, Any]], people: Sequence[str], recipe: Mapping[str, Any]
) -> None:
    """Write the index, last, so that a folder that has one is complete."""
    content = {
        "format": FORMAT,
        "version": VERSION,
        "image_size": [WIDTH, HEIGHT],
        "canthus_span_px": float(CANTHI_PX[1, 0] - CANTHI_PX[0, 0]),
        "canthus_y_px": float(CANTHI_PX[0, 1]),
        "shards": list(shards),
        "people": [
            {"name": person, "split": "test" if person in TEST_PEOPLE else "train"} for person in people
        ],
        "recipe": dict(recipe),
    }
    partial = folder / f"{INDEX}.partial"
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    partial.replace(folder / INDEX)
