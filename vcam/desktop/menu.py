"""The tray's menu: what is going on, and all that can be done without the window."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from vcam.controls import ControlState
from vcam.desktop.cameras import Choice
from vcam.desktop.mode_switch import MODES

STRENGTHS = (1.0, 0.75, 0.5, 0.25)
"""Presets."""


class TrayMenu(QMenu):
    """Shows the state it is given; says by signal what the person wants."""

    enabled_asked = Signal(bool)
    mode_asked = Signal(str)
    strength_asked = Signal(float)
    camera_asked = Signal(str)
    """A source spec."""
    window_asked = Signal()
    calibration_asked = Signal()
    settings_asked = Signal()
    login_asked = Signal(bool)
    quit_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("GazeCam", parent)
        self.status = self._action(self, "GazeCam")
        self.status.setEnabled(False)
        self.addSeparator()
        self.enabled = self._action(self, "&Eye contact", checkable=True)
        self.enabled.triggered.connect(self.enabled_asked)
        self.modes = self._choices("&Mode", [(name, mode) for mode, name, _ in MODES])
        self.modes.triggered.connect(self._mode_chosen)
        percents = [(f"{100 * share:.0f} %", share) for share in STRENGTHS]
        self.strengths = self._choices("&Strength", percents)
        self.strengths.triggered.connect(self._strength_chosen)
        self._camera_menu = self.addMenu("&Camera")
        self.cameras = QActionGroup(self)
        self.cameras.triggered.connect(self._camera_chosen)
        self.addSeparator()
        self.window_entry = self._action(self, "&Preview…")
        self.window_entry.triggered.connect(self.window_asked)
        self.calibration = self._action(self, "C&alibrate…")
        self.calibration.triggered.connect(self.calibration_asked)
        self.settings = self._action(self, "Se&ttings…")
        self.settings.triggered.connect(self.settings_asked)
        self.addSeparator()
        self.login = self._action(self, "Start at &login", checkable=True)
        self.login.triggered.connect(self.login_asked)
        self.quit = self._action(self, "&Quit GazeCam")
        self.quit.triggered.connect(self.quit_asked)

    def show_status(self, line: str) -> None:
        """Take the line at the top."""
        if line != self.status.text():
            self.status.setText(line)

    def show_state(self, state: ControlState) -> None:
        """Take mode and strength."""
        self.enabled.setChecked(state.enabled)
        _check(self.modes.actions(), state.mode)
        _check(self.strengths.actions(), round(state.strength, 2))

    def show_cameras(self, choices: Sequence[Choice], current: str) -> None:
        """Take the cameras that may be chosen; ``current`` is a source spec."""
        if [(action.text(), action.data()) for action in self.cameras.actions()] != [
            (_escaped(choice.name), choice.spec) for choice in choices
        ]:
            for action in self.cameras.actions():
                self.cameras.removeAction(action)
                self._camera_menu.removeAction(action)
                action.deleteLater()
            for choice in choices:
                action = self._action(self._camera_menu, _escaped(choice.name), checkable=True)
                action.setData(choice.spec)
                self.cameras.addAction(action)
        _check(self.cameras.actions(), current)

    def _mode_chosen(self, action: QAction) -> None:
        self.mode_asked.emit(action.data())

    def _strength_chosen(self, action: QAction) -> None:
        self.strength_asked.emit(action.data())

    def _camera_chosen(self, action: QAction) -> None:
        self.camera_asked.emit(action.data())

    def _choices(self, title: str, entries: Iterable[tuple[str, object]]) -> QActionGroup:
        """A submenu of which one entry is chosen; nothing is, where the value is none of them."""
        menu, group = self.addMenu(title), QActionGroup(self)
        group.setExclusionPolicy(QActionGroup.ExclusionPolicy.ExclusiveOptional)
        for name, value in entries:
            action = self._action(menu, name, checkable=True)
            action.setData(value)
            group.addAction(action)
        return group

    def _action(self, menu: QMenu, text: str, *, checkable: bool = False) -> QAction:
        action = menu.addAction(text)
        action.setCheckable(checkable)
        return action


def _escaped(name: str) -> str:
    """A camera's name as the text of an action, in which & would mark a mnemonic."""
    return name.replace("&", "&&")


def _check(actions: Iterable[QAction], value: object) -> None:
    for action in actions:
        action.setChecked(action.data() == value)
