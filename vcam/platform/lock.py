"""A lock on a file that the system drops with the process that holds it, however that ends."""

import os
import sys
import time
from pathlib import Path

_STEP_S = 0.01


class FileLock:
    """Held from ``take`` to ``release`` or the end of the process; the file itself stays, and is empty."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, patience_s: float = 0.0) -> "FileLock | None":
        """The lock, or None where somebody holds it and keeps it for ``patience_s``.

        Raises:
            OSError: the file cannot be made or opened.

        """
        descriptor, until = _open(path), time.monotonic() + patience_s
        try:
            while not _lock(descriptor, shared=False):
                if time.monotonic() >= until:
                    os.close(descriptor)
                    return None
                time.sleep(_STEP_S)
        except OSError:
            os.close(descriptor)
            raise
        return cls(descriptor)

    def release(self) -> None:
        """Let another take it; safe to call twice."""
        if self._descriptor >= 0:
            os.close(self._descriptor)  # which unlocks it
            self._descriptor = -1


def is_held(path: Path) -> bool:
    """Whether a process holds the lock; asking disturbs one that takes it for an instant.

    Raises:
        OSError: the file is there and cannot be opened.

    """
    if not path.exists():
        return False
    descriptor = _open(path)
    try:
        return not _lock(descriptor, shared=True)
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    # Python's descriptors are not inherited by programs it starts, so none of those keeps the lock alive
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _lock(descriptor: int, *, shared: bool) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:  # the only kind there is excludes everybody
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    else:
        import fcntl

        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
