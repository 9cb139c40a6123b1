"""A source that comes back: cameras are unplugged, sleep with the laptop, are taken, rest, are exchanged."""

import dataclasses
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from vcam.errors import SourceError, SourceStalled
from vcam.stages import FrameSource
from vcam.types import Frame

_log = logging.getLogger(__name__)

Opener: TypeAlias = Callable[[], FrameSource]
Notice: TypeAlias = Callable[[Literal["lost", "opened"], str], None]
"""Told of a loss, with its reason, and of each opening by ``read``; on the thread that reads."""

_LET_GO_S = 5.0
"""How long an exchange waits for a read under way; a stalled camera is noticed within 2 s."""


def _nobody(_what: str, _text: str) -> None:
    """Nobody wants to be told."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a source will be like that is not open yet."""

    size: tuple[int, int]
    """(width, height) px."""
    fps: float


class ReconnectingSource:
    """Reads from what ``open_source`` opens, and opens it anew when it fails; a ``FrameSource``.

    Frames are numbered on across losses. Unlike other sources, all but ``read`` may be called from other
    threads: ``close`` ends the waiting of a ``read`` that has no camera, ``rest`` closes the source inside
    until ``wake``, ``exchange`` goes over to another one. The source inside is still used by one thread at
    a time; where a ``read`` is at work on it, that one closes it on its way out.
    """

    def __init__(
        self,
        open_source: Opener,
        first_wait_s: float = 0.2,
        longest_wait_s: float = 2.0,
        *,
        expected: Expected | None = None,
        notice: Notice = _nobody,
        endless: bool = False,
    ) -> None:
        """Open it once; the pauses between later attempts double from the first to the longest.

        With ``expected`` it starts at rest, and is opened by ``read`` after ``wake``. ``endless``: where the
        source ends, ``read`` waits for an exchange instead of saying so.

        Raises:
            SourceError: the first opening failed: there is nothing to come back to.

        """
        self._open_source = open_source
        self._waits_s = (first_wait_s, longest_wait_s)
        self._notice = notice
        self._endless = endless
        self._index = 0
        self._changed = threading.Condition()  # guards all below, and is never held while a source works
        self._busy = False
        self._closed = self._held = False
        self._resting = expected is not None
        self._next: FrameSource | None = None
        self._lost_at: float | None = None
        self._wait_s = first_wait_s
        self._retry_at = -math.inf
        self._source: FrameSource | None = None
        if expected is None:
            self._source = open_source()
            expected = Expected(self._source.size, self._source.fps)
        self._like = expected

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in px, of the source as it was last opened."""
        return self._like.size

    @property
    def fps(self) -> float:
        """Nominal frames per second, of the source as it was last opened."""
        return self._like.fps

    @property
    def resting(self) -> bool:
        """Whether it is closed, or will be once a ``read`` under way is done, until ``wake``."""
        return self._resting

    def read(self) -> Frame | None:
        """Block for the next frame, however long the source is away; None after the last, or once closed."""
        while (source := self._take()) is not None:
            try:
                frame = source.read()
            except SourceError as error:
                self._lose(source, error)
                continue
            except BaseException:
                self._give_back()
                raise
            if frame is None and self._endless:
                self._lose(source, SourceStalled("it has ended; choose another source"), retry_s=math.inf)
            elif self._give_back():
                return self._numbered(frame)
        return None

    def rest(self) -> None:
        """Have the thread that reads close the source, and wait in ``read`` until ``wake``."""
        with self._changed:
            self._resting = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Open it again, with the ``read`` that waits or comes next; nothing where it does not rest."""
        with self._changed:
            if self._resting:
                self._resting = False
                self._try_at_once()

    def exchange(self, open_source: Opener, *, beside: bool) -> None:
        """Go over to another source with the next ``read``; at rest, with the first one after ``wake``.

        ``beside`` opens the new one before the old one is closed, which one and the same camera forbids.

        Raises:
            SourceError: the new one does not open; the old one goes on.

        """
        fresh = None
        if not self._resting:
            fresh = open_source() if beside else self._opened_alone(open_source)
        with self._changed:
            self._open_source, self._next, self._held = open_source, fresh, False
            self._lost_at = None
            self._try_at_once()
        self._settle()

    def close(self) -> None:
        """Release the source and end a waiting ``read``; safe to call twice."""
        with self._changed:
            self._closed = True
        self._settle()

    def _opened_alone(self, open_source: Opener) -> FrameSource:
        """The new source, the old one being closed."""
        with self._changed:
            self._held = True
        self._settle()
        try:
            with self._changed:
                if not self._changed.wait_for(lambda: self._source is None and not self._busy, _LET_GO_S):
                    raise SourceStalled("the camera does not answer, so it cannot be opened anew; replug it")
            return open_source()
        except SourceError:
            with self._changed:
                self._held = False
                self._try_at_once()
            raise

    def _take(self) -> FrameSource | None:
        """The open source, for one ``read``; None once closed."""
        while True:
            self._settle()
            with self._changed:
                self._changed.wait_for(lambda: self._closed or not (self._busy or self._unwanted))
                if self._closed:
                    return None
                left_s = self._retry_at - time.perf_counter()
                if self._source is None and left_s > 0:
                    self._changed.wait(min(left_s, threading.TIMEOUT_MAX))
                    continue
                self._busy = True
                if self._source is not None:
                    return self._source
            self._open()

    def _open(self) -> None:
        try:
            source = self._open_source()
        except SourceError as error:
            self._lose(None, error)
            return
        with self._changed:
            self._source, self._like = source, Expected(source.size, source.fps)
            lost_at, self._lost_at = self._lost_at, None
            self._wait_s = self._waits_s[0]
        if self._give_back():
            if lost_at is not None:
                _log.info("the source is back after %.1f s", time.perf_counter() - lost_at)
            self._notice("opened", "")

    def _give_back(self) -> bool:
        """End a use of the source; whether it is still the one that is wanted."""
        with self._changed:
            self._busy = False
            wanted = not self._unwanted and self._next is None
            self._changed.notify_all()
        self._settle()
        return wanted

    def _lose(self, source: FrameSource | None, error: SourceError, retry_s: float | None = None) -> None:
        """End a use of the source that failed: close it, and say so the first time."""
        if source is not None:
            source.close()
        with self._changed:
            self._source = None
            lost = not self._unwanted and self._next is None  # what is given up meanwhile may fail
            first = lost and self._lost_at is None
            if lost:
                now = time.perf_counter()
                self._lost_at = now if first else self._lost_at
                self._retry_at = now + (self._wait_s if retry_s is None else retry_s)
                self._wait_s = min(2 * self._wait_s, self._waits_s[1])
        self._give_back()
        if first:
            _log.warning("%s; waiting for it to come back", error)
            self._notice("lost", str(error))
        elif lost:
            _log.debug("not back yet: %s", error)

    def _settle(self) -> None:
        """Close what is not wanted any more, unless a use is under way, whose end does it."""
        while True:
            with self._changed:
                stale = [] if self._busy else self._put_aside()
                self._busy = self._busy or bool(stale)
                self._changed.notify_all()
            if not stale:
                return
            for source in stale:
                source.close()
            with self._changed:
                self._busy = False

    def _put_aside(self) -> list[FrameSource]:
        """The sources that are to be closed, taken out of their places."""
        source, fresh = self._source, self._next
        if self._unwanted:
            self._source = self._next = None
            return [each for each in (source, fresh) if each is not None]
        if fresh is None:
            return []
        self._source, self._next, self._like = fresh, None, Expected(fresh.size, fresh.fps)
        return [source] if source is not None else []

    @property
    def _unwanted(self) -> bool:
        return self._closed or self._resting or self._held

    def _try_at_once(self) -> None:
        self._retry_at, self._wait_s = -math.inf, self._waits_s[0]
        self._changed.notify_all()

    def _numbered(self, frame: Frame | None) -> Frame | None:
        if frame is None:
            return None
        numbered = dataclasses.replace(frame, index=self._index)
        self._index += 1
        return numbered
