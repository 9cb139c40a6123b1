"""The settings as the window changes them: checked at once, applied and saved off the Qt thread."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from vcam.config import Config
from vcam.controls import ControlState
from vcam.desktop.dotted import changed, value_at
from vcam.desktop.jobs import Jobs
from vcam.session import LiveSession
from vcam.settings_file import SettingsFile

_SAVE_AFTER_MS = 800
"""A slider on its way is saved once, when it rests."""
_WINDOW_ONLY = "desktop."
"""Settings that concern no frame."""


class Preferences(QObject):
    """Knows two trees: what runs (the command line's wishes included) and what the file holds.

    A change goes into both, so that ``--source demo`` of one start is not saved by moving a slider.
    """

    config_changed = Signal()
    """``config`` is another one."""
    failed = Signal(str)
    """A change could not be applied, and is taken back, or not saved, and lasts for this run only."""

    _controls_changed = Signal(object)

    def __init__(self, session: LiveSession, file: SettingsFile, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._file = file
        self._jobs = Jobs("settings", self)
        self._running = session.config
        self._saved = file.load_or_last_good()[0]
        self._controls = session.controls.state
        self._save_later = QTimer(self)
        self._save_later.setSingleShot(True)
        self._save_later.setInterval(_SAVE_AFTER_MS)
        self._save_later.timeout.connect(self._save)
        self._controls_changed.connect(self._keep_controls)
        self._unsubscribe = session.controls.subscribe(self._controls_changed.emit)

    @property
    def config(self) -> Config:
        """What runs, with mode and strengths as they are now."""
        return changed(self._running, _of_policy(asdict(self._session.controls.state)))

    def change(self, values: Mapping[str, Any], answered: Callable[[str | None], None] | None = None) -> None:
        """Change settings by their dotted names, e.g. ``{"source.spec": "camera:Logitech"}``.

        Mode and strengths are not changed here but in the session's ``controls``, and saved from there.

        ``answered`` gets None once all is applied and saved, else what is wrong; without it ``failed`` tells.

        Raises:
            ConfigError: a value is not accepted; nothing has changed then.
        """
        before = {key: value_at(self._running, key) for key in values}
        saved_before = {key: value_at(self._saved, key) for key in values}
        running, saved = changed(self._running, values), changed(self._saved, values)
        self._running, self._saved = running, saved
        tell = answered or self._complain

        def undo(problem: str) -> None:
            self._running = changed(self._running, before)
            self._saved = changed(self._saved, saved_before)
            self.config_changed.emit()
            tell(problem)

        if any(not key.startswith(_WINDOW_ONLY) for key in values):
            self._jobs.do(lambda: self._session.apply(running), lambda _: self._save(tell), undo)
        else:
            self._save(tell)
        self.config_changed.emit()

    def close(self, timeout_s: float = 2.0) -> None:
        """Save what is not yet saved, as far as that takes no longer."""
        self._unsubscribe()
        if self._save_later.isActive():
            self._save_later.stop()
            self._save()
        self._jobs.close(timeout_s)

    def _keep_controls(self, state: ControlState) -> None:
        before, self._controls = asdict(self._controls), state
        moved = {name: value for name, value in asdict(state).items() if value != before[name]}
        self._saved = changed(self._saved, _of_policy(moved))
        self._save_later.start()

    def _save(self, answered: Callable[[str | None], None] | None = None) -> None:
        tell, saved = answered or self._complain, self._saved
        self._jobs.do(lambda: self._file.save(saved), lambda _: tell(None), tell)

    def _complain(self, problem: str | None) -> None:
        if problem is not None:
            self.failed.emit(problem)


def _of_policy(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of ``ControlState`` by the names that they have in ``Config``."""
    return {f"policy.{name}": value for name, value in values.items()}
