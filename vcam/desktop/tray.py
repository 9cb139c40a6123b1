"""The tray icon: its look tells the state, a left click switches eye contact on and off."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QSystemTrayIcon

from vcam.desktop.icon import icon
from vcam.desktop.menu import TrayMenu
from vcam.desktop.words import TONES, Account, Tone

_NOTICE_MS = 6000


class Tray(QObject):
    """An icon in whatever tray the system has; without one nothing is seen and nothing fails."""

    clicked = Signal()
    """Left click."""
    window_asked = Signal()
    """Middle click, or a click on a notice."""

    def __init__(self, menu: TrayMenu, parent: QObject | None = None) -> None:
        """Load the icons.

        Raises:
            IconMissing: the package was built without them.
        """
        super().__init__(parent)
        self._icons: dict[Tone, QIcon] = {tone: icon(tone) for tone in TONES}
        self._tone: Tone = "off"
        self._tip = ""
        self.icon = QSystemTrayIcon(self._icons[self._tone], self)
        self.icon.setContextMenu(menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(self.window_asked)
        self.icon.show()

    @staticmethod
    def hosted() -> bool:
        """Whether the system shows tray icons at the moment."""
        return QSystemTrayIcon.isSystemTrayAvailable()

    def show_account(self, now: Account) -> None:
        """Take the state."""
        if now.tone != self._tone:
            self._tone = now.tone
            self.icon.setIcon(self._icons[now.tone])
        tip = f"GazeCam: {now.sentence}"
        if tip != self._tip:
            self._tip = tip
            self.icon.setToolTip(tip)

    def notify(self, title: str, text: str) -> None:
        """Show a notice of the system's, silently and for a few seconds."""
        self.icon.showMessage(title, text, self._icons[self._tone], _NOTICE_MS)

    def close(self) -> None:
        """Take the icon away."""
        self.icon.hide()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        match reason:
            case QSystemTrayIcon.ActivationReason.Trigger:
                self.clicked.emit()
            case QSystemTrayIcon.ActivationReason.MiddleClick:
                self.window_asked.emit()
            case _:  # a double click has been a click already, and the menu opens by itself
                pass
