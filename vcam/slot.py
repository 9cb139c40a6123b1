"""The hand-over between two threads: one place that keeps the newest item."""

import threading
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class SlotClosed(Exception):
    """The slot is closed and empty: nothing more will come."""


@dataclass(frozen=True, slots=True)
class SlotCounts:
    """What went through a slot; ``put == taken + dropped + waiting`` at all times."""

    put: int
    taken: int
    dropped: int
    waiting: int


class LatestSlot(Generic[T]):
    """Holds at most one item; a newer one replaces it, so a slow reader sees only the newest."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._items: list[T] = []
        self._closed = False
        self._put = self._taken = self._dropped = 0

    def put(self, item: T) -> None:
        """Offer an item, replacing one that nobody has taken.

        Raises:
            SlotClosed: the slot was closed, so the item would never be read.

        """
        with self._changed:
            if self._closed:
                raise SlotClosed
            self._dropped += len(self._items)
            self._items = [item]
            self._put += 1
            self._changed.notify()

    def take(self, timeout_s: float | None = None) -> T | None:
        """The newest item, waiting for one up to ``timeout_s`` (None: as long as it takes).

        Returns None when the time is up. An item put before ``close`` is still handed out.

        Raises:
            SlotClosed: closed and empty.

        """
        with self._changed:
            self._changed.wait_for(lambda: self._items or self._closed, timeout_s)
            if self._items:
                self._taken += 1
                return self._items.pop()
            if self._closed:
                raise SlotClosed
            return None

    def close(self) -> None:
        """Refuse further items and wake every waiting thread; safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def counts(self) -> SlotCounts:
        """A consistent snapshot of the counters."""
        with self._changed:
            return SlotCounts(self._put, self._taken, self._dropped, len(self._items))
