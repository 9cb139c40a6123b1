"""One page of words and buttons in the middle of the calibration's window."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vcam.desktop.theme import SPACE

_TEXT_PX = 680
"""Lines longer than this are hard to read."""


class CalibrationPage(QWidget):
    """A title, sentences, perhaps a picture, and buttons, of which the first is the one to take."""

    def __init__(
        self,
        title: str,
        sentences: Sequence[str],
        buttons: Sequence[tuple[str, Callable[[], None]]],
        picture: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.title = title
        self.buttons = [self._button(text, action) for text, action in buttons]
        self.note = _label("", 1.2, muted=True)
        column = QVBoxLayout()
        column.setContentsMargins(0, 2 * SPACE, 0, 2 * SPACE)
        column.addStretch(3)
        column.addWidget(_label(title, 2.6, bold=True))
        column.addSpacing(2 * SPACE)
        for sentence in sentences:
            column.addWidget(_label(sentence, 1.5))
            column.addSpacing(SPACE)
        if picture is not None:
            column.addSpacing(SPACE)
            column.addWidget(picture, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(3 * SPACE)
        column.addWidget(self.note)
        column.addSpacing(2 * SPACE)
        column.addLayout(self._row())
        column.addStretch(4)
        # a column of its own width, within which the labels know how high their text is
        middle = QWidget(self)
        middle.setFixedWidth(_TEXT_PX)
        middle.setLayout(column)
        across = QHBoxLayout(self)
        across.addStretch()
        across.addWidget(middle)
        across.addStretch()
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    @property
    def sentences(self) -> list[str]:
        """All words of the page but its buttons', from top to bottom."""
        return [label.text() for label in self.findChildren(QLabel) if label.text()]

    def allow(self, allowed: bool, note: str) -> None:
        """Whether the first button may be taken, and a word about it."""
        first, focused = self.buttons[0], self.window().focusWidget()
        if not allowed and focused is first:
            self.setFocus()  # else it would go to the button that leaves
        first.setEnabled(allowed)
        first.setDefault(allowed)  # a default button looks as if it could be pressed
        if allowed and focused is self:
            first.setFocus()
        self.note.setText(note)

    def _row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addStretch()
        for button in self.buttons:
            row.addWidget(button)
        row.addStretch()
        return row

    def _button(self, text: str, action: Callable[[], None]) -> QPushButton:
        button = QPushButton(text, self)
        button.clicked.connect(action)
        font = button.font()
        font.setPointSizeF(font.pointSizeF() * 1.3)
        button.setFont(font)
        font.setBold(True)  # as the one that has the focus is written
        button.setMinimumWidth(QFontMetrics(font).horizontalAdvance(text) + 6 * SPACE)
        return button


def _label(text: str, size: float, *, bold: bool = False, muted: bool = False) -> QLabel:
    label = QLabel(text)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * size)
    font.setBold(bold)
    label.setFont(font)
    label.setWordWrap(True)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    if muted:
        label.setProperty("role", "muted")
    return label
