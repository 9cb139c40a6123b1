"""What a model file is: the record ``model.json`` beside ``model.onnx``, read strictly.

A model is a folder with those two files. The record names every tensor with shape and dtype, says how the
eye patch was cut, and carries the SHA-256 of the ONNX file, so that a wrong pair is noticed before it runs.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from engines.errors import ModelMismatch, ModelNotFound

MODEL_FILE, RECORD_FILE = "model.onnx", "model.json"
FORMAT, VERSION = "gazecam-model", 1
TASKS = ("redirect-eyes", "estimate-gaze")
DTYPES = ("float32",)
"""What tensors may be on the outside; inside, a model may be FP16."""


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """One input or output."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.name} {self.shape} {self.dtype}"


@dataclass(frozen=True, slots=True)
class PatchSpec:
    """How the eye patches that the model was trained on were cut (``vcam.geometry.patch``)."""

    size: tuple[int, int]
    """(width, height), px."""
    canthus_span_px: float
    canthus_y_px: float


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """All that ``model.json`` says."""

    name: str
    task: str
    """One of ``TASKS``."""
    model_version: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    color: str
    """Channel order of pictures: "RGB"."""
    range: tuple[float, float]
    """Values of black and white."""
    patch: PatchSpec
    sha256: str
    """Of ``model.onnx``, 64 hexadecimal digits."""
    precision: str
    opset: int
    parameters: int
    training: Mapping[str, Any]
    """Where the weights come from: recipe, data, steps, commit ...; for people, nothing here reads it."""
    license: str


def read_model(folder: Path) -> tuple[ModelSpec, bytes]:
    """The record and the ONNX bytes of a model folder, proven to belong together.

    Raises:
        ModelNotFound: the folder or one of its files is not there.
        ModelMismatch: the record is malformed, or the ONNX file is not the one it describes.
    """
    record, model = _read(folder / RECORD_FILE), _read(folder / MODEL_FILE)
    spec = parse_spec(record, str(folder / RECORD_FILE))
    found = hashlib.sha256(model).hexdigest()
    if found != spec.sha256:
        raise ModelMismatch(
            f"{folder / MODEL_FILE}: {RECORD_FILE} beside it belongs to a file with SHA-256 {spec.sha256}, "
            f"this one has {found}; install both files of one model again"
        )
    return spec, model


def parse_spec(text: bytes | str, where: str) -> ModelSpec:
    """The record in a JSON text; ``where`` names its origin in messages.

    Raises:
        ModelMismatch: a key is unknown, missing or of the wrong type, or the format is another one.
    """
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelMismatch(f"{where}: not valid JSON: {error}") from error
    return _Record(value, where).spec()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelNotFound(
            f"{path}: there is no such file; a model is a folder with both its files"
        ) from error
    except OSError as error:
        raise ModelNotFound(f"{path}: cannot read the model: {error.strerror}") from error


class _Record:
    """A JSON object that is taken apart key by key; what is left over is unknown."""

    def __init__(self, value: object, where: str, key: str = "") -> None:
        self._where, self._key = where, key
        if not isinstance(value, dict):
            raise self._wrong("", "an object", value)
        self._rest = dict(cast(dict[str, Any], value))

    def spec(self) -> ModelSpec:
        self._constant("format", FORMAT)
        self._constant("version", VERSION)
        spec = ModelSpec(
            name=self._text("name"),
            task=self._choice("task", TASKS),
            model_version=self._text("model_version"),
            inputs=self._tensors("inputs"),
            outputs=self._tensors("outputs"),
            color=self._choice("color", ("RGB",)),
            range=self._pair("range"),
            patch=self._patch("patch"),
            sha256=self._hash("sha256"),
            precision=self._text("precision"),
            opset=self._whole("opset"),
            parameters=self._whole("parameters"),
            training=MappingProxyType(self._inner("training")._rest),
            license=self._text("license"),
        )
        self._finish()
        return spec

    def _take(self, name: str) -> Any:
        if name not in self._rest:
            raise ModelMismatch(f"{self._where}: {self._key}{name} is missing")
        return self._rest.pop(name)

    def _finish(self) -> None:
        if self._rest:
            names = ", ".join(sorted(self._key + name for name in self._rest))
            raise ModelMismatch(f"{self._where}: unknown {names}; this version reads format {VERSION}")

    def _wrong(self, name: str, expected: str, found: object) -> ModelMismatch:
        label = (self._key + name).rstrip(".") or "the record"
        return ModelMismatch(f"{self._where}: {label}: expected {expected}, got {json.dumps(found)[:80]}")

    def _inner(self, name: str) -> "_Record":
        return _Record(self._take(name), self._where, f"{self._key}{name}.")

    def _constant(self, name: str, wanted: str | int) -> None:
        found = self._take(name)
        if found != wanted or isinstance(found, bool):
            raise self._wrong(name, json.dumps(wanted), found)

    def _text(self, name: str) -> str:
        found = self._take(name)
        if not isinstance(found, str) or not found:
            raise self._wrong(name, "a text", found)
        return found

    def _choice(self, name: str, known: tuple[str, ...]) -> str:
        found = self._text(name)
        if found not in known:
            raise self._wrong(name, " or ".join(map(json.dumps, known)), found)
        return found

    def _hash(self, name: str) -> str:
        found = self._text(name)
        if len(found) != 64 or set(found) - set("0123456789abcdef"):
            raise self._wrong(name, "64 lower-case hexadecimal digits", found)
        return found

    def _whole(self, name: str) -> int:
        found = self._take(name)
        if not _is_whole(found):
            raise self._wrong(name, "a whole number of 0 or more", found)
        return found

    def _number(self, name: str) -> float:
        found = self._take(name)
        if not _is_number(found):
            raise self._wrong(name, "a number", found)
        return float(found)

    def _pair(self, name: str) -> tuple[float, float]:
        found = self._take(name)
        if not isinstance(found, list) or len(cast(list[Any], found)) != 2 or not all(map(_is_number, found)):
            raise self._wrong(name, "two numbers", found)
        return float(found[0]), float(found[1])

    def _shape(self, name: str) -> tuple[int, ...]:
        found = self._take(name)
        if not isinstance(found, list) or not all(_is_whole(n) and n > 0 for n in cast(list[Any], found)):
            raise self._wrong(name, "a list of whole numbers above 0", found)
        return tuple(cast(list[int], found))

    def _tensors(self, name: str) -> tuple[TensorSpec, ...]:
        found = self._take(name)
        if not isinstance(found, list) or not found:
            raise self._wrong(name, "a list of at least one tensor", found)
        rows = [
            _Record(row, self._where, f"{self._key}{name}[{index}].")
            for index, row in enumerate(cast(list[Any], found))
        ]
        tensors = tuple(row._tensor() for row in rows)
        if len({tensor.name for tensor in tensors}) < len(tensors):
            raise self._wrong(name, "different names", [tensor.name for tensor in tensors])
        return tensors

    def _tensor(self) -> TensorSpec:
        tensor = TensorSpec(
            self._text("name"), self._shape("shape"), self._choice("dtype", DTYPES), self._text("meaning")
        )
        self._finish()
        return tensor

    def _patch(self, name: str) -> PatchSpec:
        inner = self._inner(name)
        size = inner._shape("size")
        if len(size) != 2:
            raise inner._wrong("size", "width and height", list(size))
        patch = PatchSpec((size[0], size[1]), inner._number("canthus_span_px"), inner._number("canthus_y_px"))
        inner._finish()
        return patch


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
