"""The hotkey that is set: listened for while it can be, with the reason where it cannot."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from vcam.desktop.hotkey import Hotkey


class HotkeyChoice(QObject):
    """One hotkey at a time; what it does is done on the Qt thread."""

    _pressed = Signal()

    def __init__(self, action: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pressed.connect(action)
        self._keys = ""
        self._hotkey: Hotkey | None = None

    @property
    def problem(self) -> str | None:
        """Why the keys that are set do nothing; None where they work or none are set."""
        return None if self._hotkey is None else self._hotkey.problem

    def choose(self, keys: str) -> None:
        """Listen for these keys from now on; empty: for none."""
        if keys != self._keys:
            self.close()
            self._keys = keys
            self._hotkey = Hotkey(keys, self._pressed.emit) if keys else None

    def close(self) -> None:
        """Listen no more."""
        self._keys = ""
        if self._hotkey is not None:
            self._hotkey.close()
            self._hotkey = None
