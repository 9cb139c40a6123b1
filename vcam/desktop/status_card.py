"""What GazeCam does at the moment and why, with delay and frame rate."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from vcam.desktop.icon import icon
from vcam.desktop.theme import SPACE
from vcam.desktop.words import TONES, Account, Tone

_ICON_PX = 32


class StateIcon(QWidget):
    """The tray's icon again, so that people learn what it means."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(_ICON_PX, _ICON_PX)
        self._icons = {tone: icon(tone) for tone in TONES}
        self._tone: Tone = "off"

    def show_tone(self, tone: Tone) -> None:
        """Take a state."""
        if tone != self._tone:
            self._tone = tone
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        self._icons[self._tone].paint(QPainter(self), self.rect())


class StatusCard(QFrame):
    """Headline, reason and figures, in a card."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self._icon = StateIcon(self)
        self._headline, self._detail = QLabel(), QLabel()
        self._figures, self._output = QLabel(), QLabel()
        self._headline.setProperty("role", "headline")
        font = self._headline.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self._headline.setFont(font)
        self._detail.setWordWrap(True)
        for label in (self._figures, self._output):
            label.setProperty("role", "muted")
        grid = QGridLayout(self)
        grid.setContentsMargins(2 * SPACE, SPACE + 4, 2 * SPACE, SPACE + 4)
        grid.setHorizontalSpacing(SPACE + SPACE // 2)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._icon, 0, 0, 3, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self._headline, 0, 1)
        grid.addWidget(self._output, 0, 2)
        grid.addWidget(self._detail, 1, 1, 1, 2)
        grid.addWidget(self._figures, 2, 1, 1, 2)

    def show_account(self, now: Account) -> None:
        """Take what happens."""
        self._icon.show_tone(now.tone)
        self._headline.setText(now.headline)
        self._detail.setText(now.detail)
        self.setAccessibleName(now.sentence)

    def show_figures(self, parts: list[str], output: str) -> None:
        """Take delay, rate and the like, and where the picture goes."""
        self._figures.setText("  ·  ".join(parts))
        self._output.setText(output)

    @property
    def texts(self) -> tuple[str, str, str]:
        """Headline, detail and figures as they stand there."""
        return self._headline.text(), self._detail.text(), self._figures.text()
