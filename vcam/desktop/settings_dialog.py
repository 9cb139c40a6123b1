"""The settings: pages of fields; what is wrong is said at the field, and nothing is lost."""

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from vcam.desktop.check_box import CheckBox
from vcam.desktop.dotted import value_at
from vcam.desktop.notice_line import NoticeLine
from vcam.desktop.preferences import Preferences
from vcam.desktop.settings_fields import PAGES, SettingsPage, key_named_in
from vcam.desktop.settings_row import SettingsRow
from vcam.desktop.start_at_login import StartAtLogin
from vcam.desktop.theme import SPACE
from vcam.errors import ConfigError


class SettingsDialog(QDialog):
    """Changes the preferences on OK; stays open, with the reason, when they are refused."""

    def __init__(
        self,
        preferences: Preferences,
        login: StartAtLogin,
        hints: dict[str, str],
        parent: QWidget | None = None,
    ) -> None:
        """``hints``: what to say at a field from the start, by its dotted name."""
        super().__init__(parent)
        self.setWindowTitle("GazeCam settings")
        self._preferences = preferences
        self._login = login
        self.rows: dict[str, SettingsRow] = {}
        self.pages = QListWidget(self)
        self.pages.setAccessibleName("Pages of settings")
        self._stack = QStackedWidget(self)
        self.notice = NoticeLine(self)
        self.login = CheckBox("Start at &login")
        self.login.setChecked(login.on)
        for page in PAGES:
            self.pages.addItem(page.title)
            self._stack.addWidget(self._page(page))
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel, self
        )
        self._lay_out()
        self._connect()
        for key, hint in hints.items():
            self.rows[key].explain(hint)
        self.pages.setCurrentRow(0)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the longest page."""
        return QSize(720, 480)

    def accept(self) -> None:
        """Check every field, then change what was changed; closes when that went well."""
        if not all([row.check() for row in self.rows.values()]):  # noqa: C419 - each is to explain itself
            self._go_to(next(key for key, row in self.rows.items() if row.problem))
            return
        if self.login.isChecked() != self._login.on:
            self._login.turn(self.login.isChecked())
        changes = self._changes()
        if not changes:
            super().accept()
            return
        self.buttons.setEnabled(False)
        try:
            self._preferences.change(changes, self._answered)
        except ConfigError as error:
            self._answered(str(error))

    def _changes(self) -> dict[str, Any]:
        config = self._preferences.config
        values = {key: row.value for key, row in self.rows.items()}
        return {key: value for key, value in values.items() if value != value_at(config, key)}

    def _answered(self, problem: str | None) -> None:
        self.buttons.setEnabled(True)
        if problem is None:
            super().accept()
            return
        key = key_named_in(problem)
        if key is None:
            self.notice.say(problem)
            return
        self.rows[key].explain(problem.split(f"{key}: ", 1)[-1])
        self._go_to(key)

    def _go_to(self, key: str) -> None:
        number = next(n for n, page in enumerate(PAGES) if key in {asked.key for asked in page.fields})
        self.pages.setCurrentRow(number)
        self.rows[key].editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def _page(self, page: SettingsPage) -> QWidget:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(SPACE, 0, 2 * SPACE, 0)
        column.setSpacing(2 * SPACE)
        for asked in page.fields:
            row = SettingsRow(asked, self._preferences.config, inside)
            self.rows[asked.key] = row
            column.addWidget(row)
        if page is PAGES[0]:
            column.addWidget(self.login)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(inside)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        return scroll

    def _lay_out(self) -> None:
        self.pages.setFixedWidth(18 * SPACE)
        row = QHBoxLayout()
        row.setSpacing(2 * SPACE)
        row.addWidget(self.pages)
        row.addWidget(self._stack, stretch=1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        whole.setSpacing(2 * SPACE)
        whole.addWidget(self.notice)
        whole.addLayout(row, stretch=1)
        whole.addWidget(self.buttons)

    def _connect(self) -> None:
        self.pages.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
