"""Whether GazeCam starts at login: the system's own entry, read and written off the Qt thread."""

from PySide6.QtCore import QObject, Signal

from vcam.desktop.jobs import Jobs
from vcam.platform import autostart


class StartAtLogin(QObject):
    """What the entry says, as far as known."""

    changed = Signal(bool)
    """What the entry says now; sent after a change that failed too, so that a check mark goes back."""
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs("login", self)
        self.on = False
        """What was last read."""

    def refresh(self) -> None:
        """Read the entry; ``changed`` follows."""
        self._jobs.do(autostart.is_enabled, self._take, self.failed.emit)

    def turn(self, on: bool) -> None:
        """Write or remove the entry; ``changed`` follows."""
        self._jobs.do(autostart.enable if on else autostart.disable, failed=self.failed.emit)
        self.refresh()

    def close(self) -> None:
        """End the thread once the entry is written."""
        self._jobs.close(1.0)

    def _take(self, on: bool) -> None:
        self.on = on
        self.changed.emit(on)
