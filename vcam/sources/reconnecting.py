"""A source that comes back: cameras are unplugged, sleep with the laptop, are taken by other programs."""

import dataclasses
import logging
import threading
import time
from collections.abc import Callable

from vcam.errors import SourceError
from vcam.stages import FrameSource
from vcam.types import Frame

_log = logging.getLogger(__name__)


class ReconnectingSource:
    """Reads from what ``open_source`` opens, and opens it anew when it fails; a ``FrameSource``.

    Frames are numbered on across losses. Unlike other sources, ``close`` may be called from another
    thread: it ends the waiting of a ``read`` that has no camera. The source inside is still used by one
    thread at a time; where a ``read`` is at work on it, that one closes it on its way out.
    """

    def __init__(
        self,
        open_source: Callable[[], FrameSource],
        first_wait_s: float = 0.2,
        longest_wait_s: float = 2.0,
    ) -> None:
        """Open it once; the pauses between later attempts double from the first to the longest.

        Raises:
            SourceError: the first opening failed: there is nothing to come back to.

        """
        self._open_source = open_source
        self._waits_s = (first_wait_s, longest_wait_s)
        self._closed = threading.Event()
        self._busy = threading.Lock()
        self._index = 0
        self._source = open_source()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px, of the source as it was last opened."""
        return self._source.size

    @property
    def fps(self) -> float:
        """Nominal frames per second, of the source as it was last opened."""
        return self._source.fps

    def read(self) -> Frame | None:
        """Block for the next frame, however long the source is away; None after the last, or once closed."""
        try:
            with self._busy:
                return self._next_frame()
        finally:
            if self._closed.is_set():
                self._release()

    def close(self) -> None:
        """Release the source and end a waiting ``read``; safe to call twice."""
        self._closed.set()
        self._release()

    def _release(self) -> None:
        if self._busy.acquire(blocking=False):
            try:
                self._source.close()
            finally:
                self._busy.release()

    def _next_frame(self) -> Frame | None:
        while not self._closed.is_set():
            try:
                frame = self._source.read()
            except SourceError as error:
                self._reopen(error)
                continue
            if frame is None:
                return None
            numbered = dataclasses.replace(frame, index=self._index)
            self._index += 1
            return numbered
        return None

    def _reopen(self, error: SourceError) -> None:
        """Return with a fresh source, or when closed."""
        lost_at = time.perf_counter()
        _log.warning("%s; waiting for it to come back", error)
        self._source.close()
        wait_s, longest_wait_s = self._waits_s
        while not self._closed.wait(wait_s):
            wait_s = min(2 * wait_s, longest_wait_s)
            try:
                self._source = self._open_source()
            except SourceError as failure:
                _log.debug("not back yet: %s", failure)
                continue
            _log.info("the source is back after %.1f s", time.perf_counter() - lost_at)
            return
