"""How far the eyes go to the lens: together, up and down, sideways."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QSlider, QWidget

from vcam.controls import ControlState
from vcam.desktop.theme import SPACE

_ROWS = (
    ("strength", "&Strength", "How much of the way to the lens the eyes go"),
    ("strength_pitch", "&Up and down", "Of that, how much up and down"),
    ("strength_yaw", "Side&ways", "Of that, how much to the side"),
)
"""Field of ``ControlState``, its name with the mnemonic, and what it does."""


class StrengthPanel(QWidget):
    """Three sliders, 0 to 100 %."""

    changed = Signal(str, float)
    """Field and value, 0 to 1; not sent when ``show_state`` moves the sliders."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        self._sliders: dict[str, QSlider] = {}
        self._figures: dict[str, QLabel] = {}
        for number, (field, name, what) in enumerate(_ROWS):
            self._add_row(grid, number, field, name, what)

    def slider(self, field: str) -> QSlider:
        """The slider of a field of ``ControlState``."""
        return self._sliders[field]

    def show_state(self, state: ControlState) -> None:
        """Put the sliders where the state is."""
        for field, slider in self._sliders.items():
            if not slider.isSliderDown():  # the person's hand wins
                slider.blockSignals(True)
                slider.setValue(round(100 * getattr(state, field)))
                slider.blockSignals(False)
                self._figures[field].setText(f"{slider.value()} %")
            slider.setEnabled(state.enabled)

    def _add_row(self, grid: QGridLayout, number: int, field: str, name: str, what: str) -> None:
        label, slider, figure = QLabel(name), QSlider(Qt.Orientation.Horizontal), QLabel("100 %")
        label.setBuddy(slider)
        slider.setRange(0, 100)
        slider.setSingleStep(1)
        slider.setPageStep(10)
        slider.setAccessibleName(name.replace("&", ""))
        for part in (label, slider):
            part.setToolTip(what)
        slider.setAccessibleDescription(what)
        slider.valueChanged.connect(partial(self._moved, field))
        figure.setProperty("role", "muted")
        figure.setMinimumWidth(figure.fontMetrics().horizontalAdvance("100 %") + 2)
        figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, part in enumerate((label, slider, figure)):
            grid.addWidget(part, number, column)
        self._sliders[field], self._figures[field] = slider, figure

    def _moved(self, field: str, percent: int) -> None:
        self._figures[field].setText(f"{percent} %")
        self.changed.emit(field, percent / 100)
