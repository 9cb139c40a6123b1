"""D-Bus messages as bytes: just enough of the wire format to talk to a desktop portal.

QtDBus cannot send an array of structures from Python, which the portal's ``BindShortcuts`` takes.
Format: D-Bus Specification 0.42, "Type system" and "Message protocol".
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vcam.errors import VcamError

CALL, REPLY, ERROR, SIGNAL = 1, 2, 3, 4
_LARGEST = 1 << 20
"""Bytes of a message; what a portal says is far shorter."""
_FIXED = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d", "h": "I"}
_FIELDS = {
    "path": (1, "o"),
    "interface": (2, "s"),
    "member": (3, "s"),
    "error": (4, "s"),
    "reply_to": (5, "u"),
    "destination": (6, "s"),
    "sender": (7, "s"),
    "signature": (8, "g"),
}
"""Of a message's header: code and type."""
_NAMES = {code: name for name, (code, _) in _FIELDS.items()}


class WireError(VcamError):
    """Bytes that are no D-Bus message, or values that do not fit their signature."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A value together with its type."""

    signature: str
    value: Any


@dataclass(frozen=True, slots=True)
class Message:
    """One message; ``reply_to`` is the serial of the call that it answers."""

    kind: int
    serial: int
    path: str = ""
    interface: str = ""
    member: str = ""
    error: str = ""
    reply_to: int = 0
    destination: str = ""
    sender: str = ""
    signature: str = ""
    body: tuple[Any, ...] = ()


def encode(message: Message) -> bytes:
    """The message as bytes, little-endian."""
    body = bytearray()
    for kind, value in zip(types_of(message.signature), message.body, strict=True):
        _put(body, kind, value)
    fields = [
        (code, Variant(kind, getattr(message, name)))
        for name, (code, kind) in _FIELDS.items()
        if getattr(message, name)
    ]
    data = bytearray(struct.pack("<cBBBII", b"l", message.kind, 0, 1, len(body), message.serial))
    _put(data, "a(yv)", fields)
    _pad(data, 8)
    return bytes(data + body)


def decode(data: bytes) -> Message:
    """The message that these bytes are.

    Raises:
        WireError: they are none.
    """
    try:
        order = {ord("l"): "<", ord("B"): ">"}[data[0]]
        reader = _Reader(data, order)
        kind, _, _, _, serial = data[1], *struct.unpack_from(f"{order}BBII", data, 2)
        reader.at = 12
        fields = {_NAMES[code]: value for code, value in reader.read("a(yv)") if code in _NAMES}
        reader.align(8)
        body = tuple(reader.read(kind) for kind in types_of(fields.get("signature", "")))
        return Message(kind, serial, **fields, body=body)
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise WireError(f"not a D-Bus message: {error!r}") from error


def length_of(start: bytes) -> int:
    """How long a message is, by its first 16 bytes.

    Raises:
        WireError: longer than anything that we ask for.
    """
    order = "<" if start[:1] == b"l" else ">"
    body, _, fields = struct.unpack_from(f"{order}III", start, 4)
    length = 16 + (fields + 7) // 8 * 8 + body
    if length > _LARGEST:
        raise WireError(f"a D-Bus message of {length} bytes; expected {_LARGEST} at most")
    return length


def types_of(signature: str) -> Iterator[str]:
    """The complete types that a signature is made of, one after the other."""
    while signature:
        end = _end(signature)
        yield signature[:end]
        signature = signature[end:]


def _end(signature: str) -> int:
    first = signature[:1]
    if first == "a":
        return 1 + _end(signature[1:])
    if first in {"(", "{"}:
        at = 1
        while signature[at : at + 1] not in {")", "}"}:
            at += _end(signature[at:])
        return at + 1
    if first not in {*_FIXED, "s", "o", "g", "v"}:
        raise WireError(f"D-Bus signature {signature!r}: no type begins like that")
    return 1


def _alignment(kind: str) -> int:
    if kind[0] in "({":
        return 8
    if kind[0] in _FIXED:
        return struct.calcsize(_FIXED[kind[0]])
    return {"g": 1, "v": 1}.get(kind[0], 4)


def _pad(data: bytearray, size: int) -> None:
    data.extend(bytes(-len(data) % size))


def _put(data: bytearray, kind: str, value: Any) -> None:
    """Append one value; alignment counts from the beginning of ``data``."""
    _pad(data, _alignment(kind))
    match kind[0]:
        case "s" | "o":
            text = value.encode()
            data.extend(struct.pack("<I", len(text)) + text + b"\0")
        case "g":
            data.extend(bytes([len(value)]) + value.encode() + b"\0")
        case "v":
            _put(data, "g", value.signature)
            _put(data, value.signature, value.value)
        case "a":
            _put_array(data, kind[1:], value)
        case "(" | "{":
            for part, item in zip(types_of(kind[1:-1]), value, strict=True):
                _put(data, part, item)
        case code:
            data.extend(struct.pack("<" + _FIXED[code], value))


def _put_array(data: bytearray, kind: str, value: Any) -> None:
    items: Sequence[Any] = list(value.items()) if isinstance(value, dict) else value
    at = len(data)
    data.extend(bytes(4))
    _pad(data, _alignment(kind))
    start = len(data)
    for item in items:
        _put(data, kind, item)
    struct.pack_into("<I", data, at, len(data) - start)


class _Reader:
    """Takes values off a message."""

    def __init__(self, data: bytes, order: str) -> None:
        self._data, self._order = data, order
        self.at = 0

    def align(self, size: int) -> None:
        self.at += -self.at % size

    def read(self, kind: str) -> Any:
        """The next value: dictionaries as dict, arrays as list, structures as tuple, variants bare."""
        self.align(_alignment(kind))
        match kind[0]:
            case "s" | "o" | "g":
                value = self._text(self._number("B" if kind == "g" else "I"))
            case "v":
                (inner,) = types_of(self.read("g"))
                value = self.read(inner)
            case "a":
                value = self._array(kind[1:])
            case "(" | "{":
                value = tuple(self.read(part) for part in types_of(kind[1:-1]))
            case code:
                number = self._number(_FIXED[code])
                value = bool(number) if code == "b" else number
        return value

    def _array(self, kind: str) -> Any:
        length = self._number("I")
        self.align(_alignment(kind))
        end = self.at + length
        if end > len(self._data):
            raise ValueError("an array reaches beyond the message")
        items: list[Any] = []
        while self.at < end:
            items.append(self.read(kind))
        return dict(items) if kind[0] == "{" else items

    def _number(self, code: str) -> Any:
        (value,) = struct.unpack_from(self._order + code, self._data, self.at)
        self.at += struct.calcsize(code)
        return value

    def _text(self, length: int) -> str:
        start, self.at = self.at, self.at + length + 1
        if self.at > len(self._data):
            raise ValueError("a text reaches beyond the message")
        return self._data[start : start + length].decode()
