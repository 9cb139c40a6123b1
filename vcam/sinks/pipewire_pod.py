"""SPA PODs: the bytes in which PipeWire is told formats, buffers and metadata (spa/pod/pod.h).

A POD is its body's size, its type and the body, filled up to 8 bytes; a choice or object holds others.
"""

import struct
from collections.abc import Mapping
from fractions import Fraction

_ID, _INT, _RECTANGLE, _FRACTION, _OBJECT, _CHOICE = 3, 4, 10, 11, 15, 19
_FORMAT, _BUFFERS, _META = (0x40003, 3), (0x40004, 5), (0x40005, 6)  # type of object, what it is for
_RANGE, _FLAGS = 1, 4

_VIDEO, _RAW, _YUY2 = 2, 1, 4
_MEMORY = 1 << 1 | 1 << 2  # plain, or behind a file descriptor
_HEADER, HEADER_BYTES = 1, 32
# keys of spa/param/format.h and buffers.h
_MEDIA_TYPE, _MEDIA_SUBTYPE = 1, 2
_PIXELS, _SIZE, _FRAMERATE, _COLOR_RANGE, _COLOR_MATRIX = 0x20001, 0x20003, 0x20004, 0x2000C, 0x2000D
_COUNT, _BLOCKS, _BLOCK_BYTES, _STRIDE, _DATA_TYPE = 1, 2, 3, 4, 6
_META_TYPE, _META_BYTES = 1, 2
_LIMITED_RANGE, _BT601 = 2, 4


def yuy2_format(size: tuple[int, int], rate: Fraction) -> bytes:
    """The one format of a camera: YUY2 of (width, height) px, as BT.601 in limited range."""
    return _object(
        _FORMAT,
        {
            _MEDIA_TYPE: _id(_VIDEO),
            _MEDIA_SUBTYPE: _id(_RAW),
            _PIXELS: _id(_YUY2),
            _SIZE: _pod(_RECTANGLE, struct.pack("II", *size)),
            _FRAMERATE: _pod(_FRACTION, struct.pack("II", rate.numerator, rate.denominator)),
            _COLOR_RANGE: _id(_LIMITED_RANGE),
            _COLOR_MATRIX: _id(_BT601),
        },
    )


def yuy2_buffers(size: tuple[int, int], counts: tuple[int, int, int]) -> bytes:
    """Memory for pictures of that format; ``counts``: the best, lowest and highest number of them."""
    width, height = size
    return _object(
        _BUFFERS,
        {
            _COUNT: _choice(_RANGE, *counts),
            _BLOCKS: _int(1),
            _BLOCK_BYTES: _int(width * height * 2),
            _STRIDE: _int(width * 2),
            _DATA_TYPE: _choice(_FLAGS, _MEMORY),
        },
    )


def header_meta() -> bytes:
    """Room beside each picture for its time (struct spa_meta_header)."""
    return _object(_META, {_META_TYPE: _id(_HEADER), _META_BYTES: _int(HEADER_BYTES)})


def _pod(kind: int, body: bytes) -> bytes:
    return struct.pack("II", len(body), kind) + body + bytes(-len(body) % 8)


def _id(value: int) -> bytes:
    return _pod(_ID, struct.pack("I", value))


def _int(value: int) -> bytes:
    return _pod(_INT, struct.pack("i", value))


def _choice(kind: int, *values: int) -> bytes:
    return _pod(_CHOICE, struct.pack("IIII", kind, 0, 4, _INT) + struct.pack(f"{len(values)}i", *values))


def _object(kind: tuple[int, int], properties: Mapping[int, bytes]) -> bytes:
    body = b"".join(struct.pack("II", key, 0) + value for key, value in properties.items())
    return _pod(_OBJECT, struct.pack("II", *kind) + body)
