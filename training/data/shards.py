"""Rendered eyes as ``training.synthesis.eyes`` stores them: a folder with ``index.json`` and ``.npz`` shards.

A scene is one person, head pose, light and camera with N gazes; any ordered pair of its pictures trains.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from training.data.errors import DataError
from training.data.npz import map_arrays

FORMAT, VERSION = "gazecam-eyes", 1

_SHAPES: dict[str, tuple[tuple[str | int, ...], str]] = {
    "images": (("S", "N", "h", "w", 3), "u1"),
    "gaze": (("S", "N", 2), "f4"),
    "axis": (("S", "N", 2), "f4"),
    "head": (("S", 2), "f4"),
    "canthi": (("S", 2, 2), "f4"),
    "eye_mask": (("S", "N", "h", "w"), "u1"),
    "openness": (("S", "N"), "f4"),
    "person": (("S",), "i2"),
    "blink": (("S", "N"), "f4"),
    "pairs": (("S", "K", 2), "i1"),
    "flow": (("S", "K", "h2", "w2", 2), "f2"),
    "visible": (("S", "K", "h2", "w2"), "u1"),
}
"""What is read here, with its dimensions: a letter stands for the same number wherever it occurs."""


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The arrays of one scene, as ``_SHAPES`` says without their first dimension."""

    arrays: dict[str, np.ndarray]
    row: int
    person: str

    def __getitem__(self, name: str) -> np.ndarray:
        return self.arrays[name][self.row]


class EyeShards:
    """The scenes of a folder, of the people of one split; checked when opened, read when asked for.

    Raises:
        DataError: the folder, its index or its first wrong shard.

    """

    def __init__(self, folder: Path, split: str = "all") -> None:
        self._folder, self._split = folder, split
        self._open()

    def _open(self) -> None:
        index = _read_index(self._folder)
        self._index = index
        self._size = tuple(int(n) for n in index["image_size"])
        self._files = [self._folder / entry["file"] for entry in index["shards"]]
        self._arrays = [self._checked(*each) for each in zip(self._files, index["shards"], strict=True)]
        self._rows = self._rows_of_split()
        if not self._rows:
            raise DataError(f"{self._folder}: no scene of split {self._split!r}")

    def __getstate__(self) -> dict[str, Any]:
        """Folder and split: a worker process maps the files anew instead of being sent their content."""
        return {"_folder": self._folder, "_split": self._split}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["_folder"], state["_split"])

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Scene:
        shard, row = self._rows[index]
        arrays = self._arrays[shard]
        return Scene(arrays, row, self._names[int(arrays["person"][row])])

    @property
    def recipe(self) -> dict[str, Any]:
        """How the scenes were rendered."""
        return self._index.get("recipe", {})

    @cached_property
    def people(self) -> tuple[str, ...]:
        """Names of everyone in these scenes."""
        return tuple(sorted({self[i].person for i in range(len(self))}))

    def verify(self) -> None:
        """Compare every shard with the digest in the index; reads all of them.

        Raises:
            DataError: the first shard that differs.

        """
        for path, entry in zip(self._files, self._index["shards"], strict=True):
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != entry["sha256"]:
                raise DataError(
                    f"{path}: SHA-256 is {found}, the index says {entry['sha256']}; render or copy it again"
                )

    @property
    def _names(self) -> list[str]:
        return [str(p["name"]) for p in self._index["people"]]

    def _rows_of_split(self) -> list[tuple[int, int]]:
        wanted = [self._split in ("all", p["split"]) for p in self._index["people"]]
        return [
            (shard, row)
            for shard, arrays in enumerate(self._arrays)
            for row, person in enumerate(arrays["person"].tolist())
            if wanted[person]
        ]

    def _checked(self, path: Path, entry: dict[str, Any]) -> dict[str, np.ndarray]:
        try:
            arrays = map_arrays(path)
        except (OSError, ValueError) as error:
            raise DataError(f"{path}: cannot read the shard: {error}") from error
        width, height = self._size
        known = {"S": int(entry["scenes"]), "w": width, "h": height, "w2": width // 2, "h2": height // 2}
        for name, (shape, kind) in _SHAPES.items():
            if name not in arrays:
                raise DataError(f"{path}: no array {name!r}; found {', '.join(sorted(arrays))}")
            _check_array(f"{path}: {name}", arrays[name], shape, kind, known)
        people = len(self._index["people"])
        if arrays["person"].size and not 0 <= arrays["person"].min() <= arrays["person"].max() < people:
            raise DataError(f"{path}: person: expected 0 to {people - 1}, the people of index.json")
        return arrays


def _read_index(folder: Path) -> dict[str, Any]:
    path = folder / "index.json"
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot read the index of the shards: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path}: not valid JSON: {error}") from error
    found = (index.get("format"), index.get("version")) if isinstance(index, dict) else (None, None)
    if found != (FORMAT, VERSION):
        raise DataError(
            f"{path}: expected format {FORMAT!r} version {VERSION}, got {found[0]!r} {found[1]!r}"
        )
    for key in ("image_size", "shards", "people"):
        if not isinstance(index.get(key), list) or not index[key]:
            raise DataError(f"{path}: {key}: expected a list that is not empty, got {index.get(key)!r}")
    for kind, needed in (("shards", ("file", "scenes")), ("people", ("name", "split"))):
        for number, entry in enumerate(index[kind]):
            missing = [key for key in needed if not isinstance(entry, dict) or key not in entry]
            if missing:
                raise DataError(f"{path}: {kind}[{number}]: no {missing[0]!r}")
    return index


def _check_array(
    label: str, array: np.ndarray, shape: tuple[str | int, ...], kind: str, known: dict[str, int]
) -> None:
    """Compare an array with its declared shape; the first array to use a letter gives it its number."""
    wanted = [known.get(d, d) if isinstance(d, str) else d for d in shape]
    fits = len(wanted) == array.ndim and all(
        isinstance(d, str) or d == n for d, n in zip(wanted, array.shape, strict=False)
    )
    if not fits or array.dtype != np.dtype(kind):
        expected = ", ".join(str(d) for d in wanted)
        raise DataError(f"{label}: expected ({expected}) {np.dtype(kind)}, got {array.shape} {array.dtype}")
    known.update({d: n for d, n in zip(wanted, array.shape, strict=True) if isinstance(d, str)})
