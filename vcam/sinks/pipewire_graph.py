"""What PipeWire's registry tells about a node: who reads it, and whether anybody links readers at all."""

import threading
from collections.abc import Mapping

_LINK, _METADATA = "PipeWire:Interface:Link", "PipeWire:Interface:Metadata"


class Graph:
    """A thread-safe copy of what matters; ``added`` and ``removed`` are called as the registry reports."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._node = ""
        self._links: dict[int, str] = {}
        self._managers: set[int] = set()
        self._news = 0

    def follow(self, node: int) -> None:
        """From now on the readers of ``node`` are counted."""
        with self._changed:
            self._node = str(node)

    def added(self, number: int, kind: str, properties: Mapping[str, str]) -> None:
        """An object has come; ``number`` is its id, ``kind`` the name of its interface."""
        with self._changed:
            if kind == _LINK and properties.get("link.output.node") == self._node:
                self._links[number] = properties.get("link.input.node", "")
                self._tell()
            elif kind == _METADATA and properties.get("metadata.name") == "default":
                # kept by the session manager (WirePlumber), and nobody else links readers to cameras
                self._managers.add(number)
                self._tell()

    def removed(self, number: int) -> None:
        """An object has gone."""
        with self._changed:
            self._managers.discard(number)
            if self._links.pop(number, None) is not None:
                self._tell()

    def lost(self) -> None:
        """The connection has ended: there is nobody any more."""
        with self._changed:
            self._links.clear()
            self._managers.clear()
            self._tell()

    def await_manager(self, timeout_s: float) -> bool:
        """Whether a session manager is there, or comes in time: at login both start at once."""
        with self._changed:
            return self._changed.wait_for(lambda: bool(self._managers), timeout_s)

    @property
    def readers(self) -> int:
        """How many other nodes take pictures from the one followed."""
        with self._changed:
            return len(set(self._links.values()))

    @property
    def news(self) -> int:
        """A number that grows with every change."""
        with self._changed:
            return self._news

    def wait(self, since: int, timeout_s: float) -> bool:
        """Block until ``news`` is no longer ``since`` (True) or the time is up (False)."""
        with self._changed:
            return self._changed.wait_for(lambda: self._news != since, timeout_s)

    def wake(self) -> None:
        """End every ``wait``."""
        with self._changed:
            self._tell()

    def _tell(self) -> None:
        self._news += 1
        self._changed.notify_all()
