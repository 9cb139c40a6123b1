"""Window and tray: which of them the product is, and what closing the window means."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

_TRAY_LOOK_MS = 2000
_TRAY_PATIENCE_LOOKS = 3
"""At login the tray is often started after us; only then does the window show itself unasked."""
_STAYS = "GazeCam goes on in the tray. A click on its icon switches eye contact on and off."


class Presence(QObject):
    """Decides between hiding and asking; with a tray the window may go, without one it is all there is."""

    quit_asked = Signal()

    def __init__(
        self,
        window: QWidget,
        hosted: Callable[[], bool],
        tell: Callable[[str, str], None],
        ask: "Callable[[QWidget], str] | None" = None,
    ) -> None:
        """``hosted``: whether there is a tray. ``tell`` shows a notice. ``ask``: "quit", "minimize" or ""."""
        super().__init__(window)
        self._window = window
        self._hosted = hosted
        self._tell = tell
        self._ask = ask or ask_what_closing_means
        self._told = False
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look_for_tray)
        self._timer.start(_TRAY_LOOK_MS)

    def open(self) -> None:
        """Bring the window to the front."""
        self._window.showNormal() if self._window.isMinimized() else self._window.show()
        self._window.raise_()
        self._window.activateWindow()

    def close(self) -> None:
        """What the window's close button does."""
        if self._hosted():
            self._window.hide()
            if not self._told:
                self._told = True
                self._tell("GazeCam is still running", _STAYS)
            return
        match self._ask(self._window):
            case "quit":
                self.quit_asked.emit()
            case "minimize":
                self._window.showMinimized()
            case _:
                pass

    def _look_for_tray(self) -> None:
        """A hidden window without a tray cannot be reached: show it, out of the way."""
        self._looks += 1
        if not self._hosted() and not self._window.isVisible() and self._looks >= _TRAY_PATIENCE_LOOKS:
            self._window.showMinimized()


def ask_what_closing_means(window: QWidget) -> str:
    """Ask, since there is no tray to go on in."""
    box = QMessageBox(window)
    box.setWindowTitle("GazeCam")
    box.setText("Quit GazeCam?")
    box.setInformativeText(
        "This desktop shows no tray icons. Without its window GazeCam can only quit or be minimized."
    )
    leave = box.addButton("&Quit", QMessageBox.ButtonRole.DestructiveRole)
    away = box.addButton("&Minimize", QMessageBox.ButtonRole.AcceptRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(away)
    box.exec()
    clicked = box.clickedButton()
    return "quit" if clicked is leave else "minimize" if clicked is away else ""
