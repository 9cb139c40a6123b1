"""Call, teleprompter or off: three buttons of which one is down."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from vcam.controls import Mode

MODES: tuple[tuple[Mode, str, str], ...] = (
    ("call", "&Call", "Your own glances and blinks pass."),
    ("teleprompter", "Tele&prompter", "Your eyes stay on the lens while you read."),
    ("off", "&Off", "The camera's picture goes out as it is."),
)
"""Mode, its name with the mnemonic, and what it does."""
MEANINGS = {mode: what for mode, _, what in MODES}


class ModeSwitch(QFrame):
    """Shows and chooses the mode; arrow keys move within it."""

    chosen = Signal(str)
    """The mode that the person chose; not sent when ``show_mode`` changes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "segments")
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(2)
        self._showing = False
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for mode, name, what in MODES:
            button = QPushButton(name, self)
            button.setCheckable(True)
            button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            button.setProperty("role", "segment")
            button.setToolTip(what)
            button.setAccessibleDescription(what)
            button.toggled.connect(partial(self._moved, mode))
            self._group.addButton(button)
            self._buttons[mode] = button
            row.addWidget(button, stretch=1)

    def show_mode(self, mode: Mode) -> None:
        """Put this mode's button down."""
        self._showing = True
        self._buttons[mode].setChecked(True)
        self._showing = False

    def button(self, mode: Mode) -> QPushButton:
        """The button of a mode."""
        return self._buttons[mode]

    def _moved(self, mode: str, down: bool) -> None:
        if down and not self._showing:
            self.chosen.emit(mode)
