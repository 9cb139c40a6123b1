"""A connection to the user's D-Bus session bus: a local socket of this computer, never the network."""

import asyncio
import itertools
import os
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vcam.desktop.dbus_wire import CALL, ERROR, REPLY, SIGNAL, Message, WireError, decode, encode, length_of
from vcam.errors import VcamError

_BUS = "org.freedesktop.DBus"
_HEADER = 16


class BusError(VcamError):
    """The bus cannot be reached, or a call over it was answered with an error; ``name`` is D-Bus's."""

    def __init__(self, message: str, name: str = "") -> None:
        super().__init__(message)
        self.name = name


class SessionBus:
    """Calls methods and hears signals, on the event loop that opened it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Use ``SessionBus.open``."""
        self._reader, self._writer = reader, writer
        self._serials = itertools.count(1)
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._hears: list[Callable[[Message], None]] = []
        self.ended = asyncio.create_task(self._listen())
        """Done when the bus has gone, with the reason as its exception."""
        self.name = ""
        """Ours on the bus, such as ":1.42"."""

    @classmethod
    async def open(cls) -> "SessionBus":
        """Connect and say hello.

        Raises:
            BusError: there is no session bus, or it does not let us in.
        """
        path = _path(os.environ.get("DBUS_SESSION_BUS_ADDRESS", ""))
        try:
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
            answer = await reader.readline()
            if not answer.startswith(b"OK "):
                writer.close()
                raise BusError(f"the D-Bus session bus does not let us in: {answer.decode(errors='replace')}")
            writer.write(b"BEGIN\r\n")
        except (OSError, ValueError) as error:
            raise BusError(f"the D-Bus session bus cannot be reached: {error}") from error
        bus = cls(reader, writer)
        try:
            (bus.name,) = await bus.call(_BUS, "/org/freedesktop/DBus", f"{_BUS}.Hello")
        except BusError:
            await bus.close()
            raise
        return bus

    async def call(
        self, destination: str, path: str, method: str, signature: str = "", *values: Any
    ) -> tuple[Any, ...]:
        """What a method ("interface.Member") answers.

        Raises:
            BusError: it answers with an error, or the bus has gone.
        """
        if self.ended.done():
            raise BusError("the connection to the D-Bus session bus was lost")
        interface, member = method.rsplit(".", 1)
        serial = next(self._serials)
        answer = self._answers[serial] = asyncio.get_running_loop().create_future()
        call = Message(
            CALL, serial, path, interface, member, destination=destination, signature=signature, body=values
        )
        self._writer.write(encode(call))
        try:
            reply = await answer
        finally:
            del self._answers[serial]
        if reply.kind == ERROR:
            text = str(reply.body[0]) if reply.body else "no reason given"
            raise BusError(f"{member}: {text} ({reply.error})", reply.error)
        return reply.body

    async def hear(self, sender: str, callback: Callable[[Message], None]) -> None:
        """Call back with every signal of one sender."""
        self._hears.append(callback)
        rule = f"type='signal',sender='{sender}'"
        await self.call(_BUS, "/org/freedesktop/DBus", f"{_BUS}.AddMatch", "s", rule)

    async def close(self) -> None:
        """Leave the bus."""
        self.ended.cancel()
        with suppress(asyncio.CancelledError, BusError):
            await self.ended
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()

    async def _listen(self) -> None:
        try:
            while True:
                start = await self._reader.readexactly(_HEADER)
                rest = await self._reader.readexactly(length_of(start) - _HEADER)
                self._take(decode(start + rest))
        except (asyncio.IncompleteReadError, OSError, WireError) as error:
            gone = BusError(f"the connection to the D-Bus session bus was lost: {error}")
            for answer in self._answers.values():
                if not answer.done():
                    answer.set_exception(gone)
            raise gone from error

    def _take(self, message: Message) -> None:
        if message.kind in {REPLY, ERROR}:
            answer = self._answers.get(message.reply_to)
            if answer is not None and not answer.done():
                answer.set_result(message)
        elif message.kind == SIGNAL:
            for callback in self._hears:
                callback(message)


def _path(addresses: str) -> str:
    """The local socket of a D-Bus address; with a zero in front where it has no place in the file system."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if not addresses and runtime:
        addresses = f"unix:path={runtime}/bus"
    for address in addresses.split(";"):
        transport, _, pairs = address.partition(":")
        for key, _, value in (pair.partition("=") for pair in pairs.split(",")):
            if transport == "unix" and key in {"path", "abstract"}:
                return ("\0" if key == "abstract" else "") + _unescaped(value)
    raise BusError(
        "there is no D-Bus session bus on this computer (DBUS_SESSION_BUS_ADDRESS names no socket)"
    )


def _unescaped(text: str) -> str:
    return os.fsdecode(re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), text.encode()))
