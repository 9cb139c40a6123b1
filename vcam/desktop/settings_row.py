"""One setting in the dialog: its name, its editor, what it means, and what is wrong with what was typed."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QWidget

from vcam.config import Config
from vcam.desktop.check_box import CheckBox
from vcam.desktop.choice_box import ChoiceBox
from vcam.desktop.dotted import value_at
from vcam.desktop.settings_fields import SettingsField, parsed
from vcam.desktop.theme import SPACE
from vcam.errors import ConfigError

_NUMBER_PX = 90
_BOX_PX = 28
"""Width of a check box and its distance from the text."""


class SettingsRow(QWidget):
    """Edits one setting; ``value`` is what the text stands for."""

    edited = Signal()

    def __init__(self, asked: SettingsField, config: Config, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.asked = asked
        self._config = config
        self.editor = self._make_editor()
        self._wrong = QLabel()
        self._wrong.setProperty("role", "wrong")
        self._wrong.setWordWrap(True)
        self._wrong.hide()
        self._lay_out()
        self._show(value_at(config, asked.key))
        self._connect()

    @property
    def value(self) -> Any:
        """The value as ``Config`` takes it.

        Raises:
            ConfigError: the text stands for none.
        """
        match self.editor:
            case QCheckBox():
                on = self.editor.isChecked()
                return on if not self.asked.choices else self.asked.choices[0 if on else 1][1]
            case ChoiceBox():
                return self.editor.currentData()
            case _:
                return parsed(self._config, self.asked, self.editor.text())

    @property
    def problem(self) -> str:
        """What stands under the field; empty when all is well."""
        return self._wrong.text()

    def check(self) -> bool:
        """Explain at the field what is wrong with it; whether nothing is."""
        try:
            _ = self.value
        except ConfigError as error:
            self.explain(str(error))
            return False
        self.explain("")
        return True

    def explain(self, problem: str) -> None:
        """Say at the field what is wrong; empty: nothing."""
        self._wrong.setText(problem)
        self._wrong.setVisible(bool(problem))
        if self.editor.property("wrong") != bool(problem):
            self.editor.setProperty("wrong", bool(problem))
            self.editor.style().unpolish(self.editor)  # the sheet looks at properties only then
            self.editor.style().polish(self.editor)
        self.editor.setAccessibleDescription(problem or self.asked.help)

    def _make_editor(self) -> QCheckBox | ChoiceBox | QLineEdit:
        match self.asked.kind:
            case "check":
                return CheckBox(self.asked.label, self)
            case "choice":
                box = ChoiceBox(self)
                for name, value in self.asked.choices:
                    box.addItem(name, value)
                return box
            case "number":
                line = QLineEdit(self)
                line.setMaximumWidth(_NUMBER_PX)
                return line
            case "text" | "keys":
                return QLineEdit(self)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE // 2)
        grid.setColumnMinimumWidth(0, 16 * SPACE)
        grid.setColumnStretch(1, 1)
        self.editor.setAccessibleName(self.asked.label.replace("&", ""))
        self.editor.setAccessibleDescription(self.asked.help)
        first = 0 if isinstance(self.editor, QCheckBox) else 1
        if first:
            label = QLabel(self.asked.label, self)
            label.setBuddy(self.editor)
            grid.addWidget(label, 0, 0)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self.editor)
        if self.asked.unit:
            line.addWidget(QLabel(self.asked.unit), stretch=1)
        grid.addLayout(line, 0, first, 1, 2 - first)
        grid.addWidget(self._wrong, 1, first, 1, 2 - first)
        if self.asked.help:
            meaning = QLabel(self.asked.help)
            meaning.setProperty("role", "muted")
            meaning.setWordWrap(True)
            meaning.setIndent(0 if first else _BOX_PX)
            grid.addWidget(meaning, 2, first, 1, 2 - first)

    def _show(self, value: Any) -> None:
        match self.editor:
            case QCheckBox():
                self.editor.setChecked(value == self.asked.choices[0][1] if self.asked.choices else value)
            case ChoiceBox():
                if self.editor.findData(value) < 0:  # set by hand in the file: keep it
                    self.editor.addItem(str(value), value)
                self.editor.setCurrentIndex(self.editor.findData(value))
            case _:
                self.editor.setText(f"{value:g}" if isinstance(value, float) else str(value))

    def _connect(self) -> None:
        match self.editor:
            case QCheckBox():
                self.editor.toggled.connect(self._edited)
            case ChoiceBox():
                self.editor.currentIndexChanged.connect(self._edited)
            case _:
                self.editor.textEdited.connect(self._edited)
                self.editor.editingFinished.connect(self.check)

    def _edited(self, _value: object) -> None:
        self.edited.emit()
