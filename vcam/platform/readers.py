"""Who reads the virtual camera: what lets the real camera rest while nobody does."""

import logging
import os
import sys
import threading
import time
from pathlib import Path
from typing import Protocol

from vcam.platform import linux
from vcam.platform.inotify import OpenNotices
from vcam.platform.virtual_device import VirtualDevice

_log = logging.getLogger(__name__)

# The kernel gives notice of an opening just before the program's list of open files shows it.
SETTLE_S = 0.1


class ReaderWatch(Protocol):
    """Watches one virtual device; ``readers`` and ``wait`` belong to one thread, ``close`` to any."""

    def readers(self) -> int | None:
        """How many other programs have the device open now; None where the system does not tell."""
        ...

    def wait(self, timeout_s: float) -> bool:
        """Block until the device was opened or closed (True) or the time is up (False).

        True only means that ``readers`` is worth asking: a program may have come and gone meanwhile.
        After ``close`` it returns False at once.
        """
        ...

    def close(self) -> None:
        """End the watch, and a ``wait`` that is under way; safe to call twice."""
        ...


def watch_readers(device: VirtualDevice) -> ReaderWatch:
    """A watch on ``device``: v4l2loopback's readers are known, those of other backends are not."""
    if sys.platform == "linux" and device.backend == "v4l2loopback":
        try:
            return NodeReaders(device.device)
        except OSError as error:
            _log.warning("the readers of %s cannot be watched: %s", device.device, error)
    return UnknownReaders()


class NodeReaders:
    """Readers of a Linux device node: the kernel tells when to look, /proc tells who is there.

    Readers from before the watch count too. Programs of other users, and those that the kernel hides from
    their own user (with capabilities of their own, say), show to root alone. Between two notices the
    count is kept, so asking often costs nothing.
    """

    def __init__(self, path: str, proc: Path = linux.PROC) -> None:
        """Watch ``path``, which may also be a plain file.

        Raises:
            OSError: the system gives no inotify instance, or there is no such path.

        """
        self._path, self._proc = path, proc
        self._notices = OpenNotices(path)
        self._closing = threading.Event()
        self._in_use = threading.Lock()
        self._noticed_at = time.monotonic()
        self._recount_due = False
        self._counted_at = float("-inf")
        self._count = 0

    def readers(self) -> int | None:
        """How many other programs have the node open; None while it is gone."""
        with self._in_use:
            if self._closing.is_set() or not self._notices.resume():
                return None
            if self._notices.take():
                self._notice()
            if self._counted_at < self._noticed_at + SETTLE_S:
                self._counted_at = time.monotonic()
                pids = linux.openers(self._path, self._proc)
                self._count = len([pid for pid in pids if pid != os.getpid()])
            return self._count

    def wait(self, timeout_s: float) -> bool:
        """Block until the node was opened or closed (True) or the time is up (False)."""
        with self._in_use:
            if self._closing.is_set():
                return False
            self._notices.resume()
            settled_in_s = self._noticed_at + SETTLE_S - time.monotonic()
            settling = self._recount_due and settled_in_s <= timeout_s
            if self._notices.wait(settled_in_s if settling else timeout_s):
                self._notice()
                return True
            if settling:
                self._recount_due = False
            return settling and not self._closing.is_set()

    def close(self) -> None:
        """End the watch; a ``wait`` under way returns."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._notices.wake()
        with self._in_use:
            self._notices.close()

    def _notice(self) -> None:
        self._noticed_at = time.monotonic()
        self._recount_due = True


class UnknownReaders:
    """The watch where the system does not tell who reads."""

    def __init__(self) -> None:
        """There is nothing to open."""
        self._closing = threading.Event()

    def readers(self) -> int | None:
        """None: it cannot be told."""
        return None

    def wait(self, timeout_s: float) -> bool:
        """Wait in vain."""
        self._closing.wait(timeout_s)
        return False

    def close(self) -> None:
        """End a ``wait`` that is under way."""
        self._closing.set()
