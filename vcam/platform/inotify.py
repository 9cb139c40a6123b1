"""Linux's notices of a file being opened and closed, by any program, without polling."""

import ctypes
import os
import select
import struct

_CLOSE_WRITE, _CLOSE_NOWRITE, _OPEN, _IGNORED = 0x08, 0x10, 0x20, 0x8000
# other systems, which import this file too, lack the names
_NONBLOCK_CLOEXEC = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
# struct inotify_event of sys/inotify.h: watch, mask, cookie, length of the name that follows
_EVENT = struct.Struct("iIII")
_BUFFER_BYTES = 64 * 1024


class OpenNotices:
    """Tells when ``path``, which may be a device, was opened or closed since the last look.

    Device nodes are replaced when their driver is reloaded: then the watch is ended by the kernel, and
    ``watching`` stays False until ``resume`` finds the path again.
    """

    def __init__(self, path: str) -> None:
        """Start watching.

        Raises:
            OSError: the system gives no inotify instance, or there is no such path.

        """
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._path = os.fsencode(path)
        self._descriptor = self._checked(self._libc.inotify_init1(_NONBLOCK_CLOEXEC))
        self._waker, self._wake_end = os.pipe()
        self.watching = False
        try:
            self._add()
        except OSError:
            self.close()
            raise

    def resume(self) -> bool:
        """Watch the path again if it is back; whether it is being watched."""
        if not self.watching and self._descriptor >= 0:
            try:
                self._add()
            except OSError:
                return False
        return self.watching

    def wait(self, timeout_s: float) -> bool:
        """Block until something was opened or closed (True), ``wake`` was called, or the time is up."""
        if self._descriptor < 0:
            return False
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN)
        poll.register(self._waker, select.POLLIN)
        poll.poll(max(0.0, timeout_s) * 1000)
        return self.take()

    def take(self) -> bool:
        """Whether there were notices since they were last taken; does not block."""
        noticed = False
        while self._descriptor >= 0:
            try:
                data = os.read(self._descriptor, _BUFFER_BYTES)
            except BlockingIOError:
                break
            noticed = True
            self.watching = self.watching and not _ends_the_watch(data)
        return noticed

    def wake(self) -> None:
        """End a ``wait`` on another thread, now and from now on."""
        if self._wake_end >= 0:
            os.write(self._wake_end, b".")

    def close(self) -> None:
        """Release all; safe to call twice, not while another thread waits."""
        for descriptor in (self._descriptor, self._waker, self._wake_end):
            if descriptor >= 0:
                os.close(descriptor)
        self._descriptor = self._waker = self._wake_end = -1

    def _add(self) -> None:
        mask = _OPEN | _CLOSE_WRITE | _CLOSE_NOWRITE
        self._checked(self._libc.inotify_add_watch(self._descriptor, self._path, mask))
        self.watching = True

    def _checked(self, result: int) -> int:
        if result < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), os.fsdecode(self._path))
        return result


def _ends_the_watch(data: bytes) -> bool:
    offset = 0
    while offset < len(data):
        _, mask, _, length = _EVENT.unpack_from(data, offset)
        if mask & _IGNORED:
            return True
        offset += _EVENT.size + length
    return False
