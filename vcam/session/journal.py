"""What is wrong with a live session, and who is told when that changes."""

import logging
import threading
from collections.abc import Callable
from typing import Literal, TypeAlias

from vcam.session.status import EventKind, SessionEvent

_log = logging.getLogger(__name__)

Topic: TypeAlias = Literal["camera", "output", "correction", "session"]


class Journal:
    """Problems by topic, newest last, and the subscribers; for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: dict[Topic, str] = {}
        self._callbacks: list[Callable[[SessionEvent], None]] = []

    @property
    def problem(self) -> str | None:
        """What is wrong, the oldest first; None where all is well."""
        with self._lock:
            return next(iter(self._wrong.values()), None)

    def is_wrong(self, topic: Topic) -> bool:
        """Whether something of this topic is."""
        return topic in self._wrong

    def wrong(self, topic: Topic, text: str, kind: EventKind = "problem") -> None:
        """Note a problem, and tell of it unless the topic was wrong already."""
        with self._lock:
            known = topic in self._wrong
            self._wrong[topic] = text
        if not known:
            self.tell(kind, text)

    def right(self, topic: Topic, text: str, kind: EventKind = "mended") -> None:
        """Strike a problem out, and tell of that; nothing where there was none."""
        with self._lock:
            known = self._wrong.pop(topic, None)
        if known is not None:
            self.tell(kind, text)

    def forget(self) -> None:
        """Strike everything out, telling nobody: the session is over."""
        with self._lock:
            self._wrong.clear()

    def tell(self, kind: EventKind, text: str) -> None:
        """Tell the subscribers."""
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback(SessionEvent(kind, text))
            except Exception:  # one listener's fault is no reason to keep it from the others
                _log.exception("a listener of the session failed")

    def subscribe(self, callback: Callable[[SessionEvent], None]) -> Callable[[], None]:
        """Call back with every event, on the thread it happens on; the returned function ends that."""
        with self._lock:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe
