"""The window: before | after, what happens and why, and everything that can be changed while it runs."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QCloseEvent,
    QKeySequence,
    QShortcut,
    QShowEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from vcam.config import Config
from vcam.controls import ControlState
from vcam.desktop.cameras import CameraList
from vcam.desktop.device_choice import DeviceChoice
from vcam.desktop.mode_switch import MEANINGS, ModeSwitch
from vcam.desktop.notice_line import NoticeLine
from vcam.desktop.split_view import SplitView
from vcam.desktop.status_card import StatusCard
from vcam.desktop.strength_panel import StrengthPanel
from vcam.desktop.theme import SPACE, Theme
from vcam.desktop.words import Account

_PANEL_PX = 330
_RESTS_MS = 600


class MainWindow(QWidget):
    """Shows what it is given; says by signal what the person wants. Knows no session."""

    mode_asked = Signal(str)
    strength_asked = Signal(str, float)
    settings_changed = Signal(dict)
    """Settings by their dotted names."""
    calibration_asked = Signal()
    settings_asked = Signal()
    quit_asked = Signal()
    close_asked = Signal()
    shown = Signal()
    split_rested = Signal(float)
    """The line between before and after was moved, and rests at this share of the width."""

    def __init__(self, cameras: CameraList) -> None:
        super().__init__()
        self.setWindowTitle("GazeCam")
        self.notice = NoticeLine(self)
        self.view = SplitView(self)
        self.status = StatusCard(self)
        self.modes = ModeSwitch(self)
        self.meaning = QLabel(self)
        self.meaning.setProperty("role", "muted")
        self.meaning.setWordWrap(True)
        self.strengths = StrengthPanel(self)
        self.devices = DeviceChoice(cameras, self)
        self.calibrate = QPushButton("C&alibrate…", self)
        self.settings = QPushButton("Se&ttings…", self)
        self._split_rests = QTimer(self)
        self._split_rests.setSingleShot(True)
        self._split_rests.setInterval(_RESTS_MS)
        self._lay_out()
        self._connect()
        self.resize(self.sizeHint())  # without it Qt makes a first window smaller than it asks to be

    def show_account(self, now: Account) -> None:
        """Take what happens and why."""
        changed = now.headline != self.status.texts[0]
        self.status.show_account(now)
        if changed and self.isActiveWindow():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.status, now.sentence))

    def show_state(self, state: ControlState) -> None:
        """Take mode and strengths."""
        self.modes.show_mode(state.mode)
        self.meaning.setText(MEANINGS[state.mode])
        self.strengths.show_state(state)

    def show_config(self, config: Config) -> None:
        """Take the settings."""
        self.devices.show_source(config.source)
        if not self.view.isSliderDown():
            self.view.share = config.desktop.split

    def set_theme(self, theme: Theme) -> None:
        """Take the colors that no style sheet reaches."""
        self.view.set_theme(theme)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Say that it is seen."""
        super().showEvent(event)
        self.setFocus()  # on no part of it, so that a ring is drawn only once keys are used
        self.shown.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Leave it to the desktop what closing means."""
        event.ignore()
        self.close_asked.emit()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE)
        for button in (self.calibrate, self.settings):
            buttons.addWidget(button, stretch=1)
        panel = QWidget(self)
        panel.setFixedWidth(_PANEL_PX)
        column = _column(panel)
        column.addWidget(_title("Eye contact"))
        column.addSpacing(SPACE)
        column.addWidget(self.modes)
        column.addSpacing(SPACE)
        column.addWidget(self.meaning)
        column.addSpacing(SPACE)
        column.addWidget(self.strengths)
        column.addSpacing(SPACE + SPACE // 2)
        column.addWidget(_rule())
        column.addSpacing(2 * SPACE)
        column.addWidget(_title("Picture"))
        column.addSpacing(SPACE)
        column.addWidget(self.devices)
        column.addStretch(1)
        column.addSpacing(2 * SPACE)
        column.addLayout(buttons)
        picture = QVBoxLayout()
        picture.setSpacing(2 * SPACE)
        picture.addWidget(self.view, stretch=1)
        picture.addWidget(self.status)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addLayout(picture, stretch=1)
        row.addWidget(panel)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        whole.setSpacing(SPACE)
        whole.addWidget(self.notice)
        whole.addLayout(row, stretch=1)

    def _connect(self) -> None:
        self.modes.chosen.connect(self.mode_asked)
        self.strengths.changed.connect(self.strength_asked)
        self.devices.chosen.connect(self.settings_changed)
        self.calibrate.clicked.connect(self.calibration_asked)
        self.settings.clicked.connect(self.settings_asked)
        self.view.valueChanged.connect(self._split_rests.start)
        self._split_rests.timeout.connect(lambda: self.split_rested.emit(self.view.share))
        for keys, wanted in (
            (QKeySequence.StandardKey.Quit, self.quit_asked),
            (QKeySequence.StandardKey.Close, self.close_asked),
            (QKeySequence.StandardKey.Preferences, self.settings_asked),
        ):
            QShortcut(keys, self, context=Qt.ShortcutContext.WindowShortcut).activated.connect(wanted)


def _column(parent: QWidget) -> QVBoxLayout:
    column = QVBoxLayout(parent)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    return column


def _title(text: str) -> QLabel:
    title = QLabel(text)
    title.setProperty("role", "title")
    return title


def _rule() -> QFrame:
    rule = QFrame()
    rule.setProperty("role", "rule")
    return rule
