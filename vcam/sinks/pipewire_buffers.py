"""The few buffers that a PipeWire camera and all of its readers share."""

import time
from ctypes import c_void_p, cast, memmove
from typing import Any

from vcam.sinks import pipewire_library as pw
from vcam.types import Image

_STARVED_S = 0.5
"""How long no buffer may come back before all are taken: longer than any reader needs for a picture."""


class Buffers:
    """Fills buffers, and takes them back from readers that hang or were killed with all in their hands.

    Each buffer counts the readers that have it. A count that nobody takes down again would leave the other
    readers without pictures for good. Everything is called with the library's loop held still.
    """

    def __init__(self) -> None:
        self._busy: dict[int, pw.Busy] = {}
        self._starved_at: float | None = None

    def added(self, _data: Any, buffer: int) -> None:
        """The library has made a buffer."""
        if busy := pw.beside(buffer, pw.BUSY):
            self._busy[buffer] = pw.Busy.from_address(busy)

    def removed(self, _data: Any, buffer: int) -> None:
        """The library is about to take a buffer's memory away."""
        self._busy.pop(buffer, None)

    def fill(self, buffer: Any, picture: Image) -> None:
        """Write a (H, W, 2) YUY2 picture and its time into a buffer that is free."""
        self._starved_at = None
        address = cast(buffer, c_void_p).value or 0
        if busy := self._busy.get(address):
            busy.count = 1  # ours alone, also when it was taken from somebody who may yet give it back
        data = buffer.contents.buffer.contents.datas[0]
        memmove(data.memory, picture.ctypes.data, picture.nbytes)
        chunk = data.chunk.contents
        chunk.offset, chunk.size, chunk.stride, chunk.flags = 0, picture.nbytes, picture.shape[1] * 2, 0
        if header := pw.beside(address, pw.HEADER):
            pw.Header.from_address(header).time_ns = time.monotonic_ns()

    def starve(self) -> None:
        """No buffer is free; once that has lasted, take all back. Who still reads one sees it change."""
        now = time.monotonic()
        if self._starved_at is None:
            self._starved_at = now
        elif now - self._starved_at > _STARVED_S:
            self._starved_at = None
            for busy in self._busy.values():
                busy.count = 0
