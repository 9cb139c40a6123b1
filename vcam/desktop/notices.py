"""Which events are worth a notification: few, and never the same one again within a while."""

import time
from collections.abc import Callable

from vcam.session import SessionEvent

QUIET_S = 300.0
"""The same thing is not said again for so long."""
_TITLES = {
    "camera lost": "The camera is gone",
    "camera back": "The camera is back",
    "fell back": "GazeCam runs on a slower part",
    "problem": "GazeCam needs you",
    "mended": "GazeCam works again",
}
_ANSWERS = {"camera back": "camera lost", "mended": "problem"}
"""Good news is told only to those who were told the bad."""


class Notices:
    """Lets an event through to ``notify`` or swallows it; knows nothing of Qt."""

    def __init__(
        self, notify: Callable[[str, str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``notify`` shows a title and a text."""
        self._notify = notify
        self._clock = clock
        self._told_at_s: dict[str, float] = {}
        self._open: set[str] = set()
        self.enabled = True

    def take(self, event: SessionEvent) -> None:
        """Tell of it, unless it was told lately, answers nothing that was told, or nobody wants to hear."""
        bad_news = _ANSWERS.get(event.kind)
        if not self.enabled or (bad_news is not None and bad_news not in self._open):
            return
        if bad_news is not None:
            self._open.discard(bad_news)
        elif not self._is_news(event.kind):
            return
        else:
            self._open.add(event.kind)
        self._notify(_TITLES[event.kind], event.text)

    def _is_news(self, kind: str) -> bool:
        now_s = self._clock()
        told_s = self._told_at_s.get(kind)
        if told_s is not None and now_s - told_s < QUIET_S:
            return False
        self._told_at_s[kind] = now_s
        return True
