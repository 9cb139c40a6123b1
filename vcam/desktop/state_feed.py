"""What the session does, looked up a few times a second and made calm enough to read."""

import time
from typing import TypeAlias

from PySide6.QtCore import QObject, QTimer, Signal

from vcam.desktop.steady import Steady
from vcam.desktop.words import Account, account
from vcam.session import Activity, LiveSession, SessionStatus

_LOOK_MS = 200
_HOLD_S = 0.7
"""Longer than a blink, shorter than anyone's patience."""
_REFRESH_S = 1.0
"""How often figures and degrees may change."""
_AT_ONCE = {Activity.OFF, Activity.PROBLEM, Activity.STOPPED, Activity.STARTING}

_Key: TypeAlias = tuple[Activity, str]
"""What makes two accounts the same but for their figures: activity and headline."""


class StateFeed(QObject):
    """Tells by signal what happens; asks the session nothing that could block."""

    account_changed = Signal(object)
    """The ``Account`` of now."""
    status_changed = Signal(object)
    """The ``SessionStatus`` of now."""

    def __init__(self, session: LiveSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        first = session.status()
        self._steady = Steady[_Key]((first.activity, ""), _HOLD_S)
        self._shown: tuple[_Key, Account] | None = None
        self._told_s = -_REFRESH_S
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(_LOOK_MS)

    def look(self) -> None:
        """Look now; called by itself otherwise."""
        status, now_s = self._session.status(), time.monotonic()
        if self._from_before(status):
            return
        said = self._account(status)
        at_once = status.activity in _AT_ONCE or (self._shown is not None and self._shown[0][0] in _AT_ONCE)
        key = self._steady((status.activity, said.headline), now_s, at_once=at_once)
        fresh = key == (status.activity, said.headline)
        new = self._shown is None or self._shown[0] != key
        if fresh and (new or now_s - self._told_s >= _REFRESH_S):
            self._shown = key, said
            self.account_changed.emit(said)
        if new or now_s - self._told_s >= _REFRESH_S:
            self._told_s = now_s
            self.status_changed.emit(status)

    def _from_before(self, status: SessionStatus) -> bool:
        """Whether the newest frame is from before eye contact was switched on: the next one will tell."""
        switched_on = self._session.controls.state.strength > 0
        return status.activity is Activity.PASSING and status.reason == "off" and switched_on

    def _account(self, status: SessionStatus) -> Account:
        return account(status, enabled=self._session.controls.state.enabled, newest=self._session.newest())
