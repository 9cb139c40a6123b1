"""Applies the theme that is set, and follows the system's where that is asked for."""

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QStyleFactory

from vcam.desktop.theme import DARK, LIGHT, Theme, palette, style_sheet

_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}


class ThemeSwitch(QObject):
    """Colors everything of one application."""

    changed = Signal(object)
    """The ``Theme`` that holds now."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._app = app
        self._theme = LIGHT
        self._chosen: Literal["system", "light", "dark"] = "system"
        # one style on every system, so that the sheet means the same everywhere
        app.setStyle(QStyleFactory.create("Fusion"))
        app.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    @property
    def theme(self) -> Theme:
        """The one that holds now."""
        return self._theme

    def choose(self, name: Literal["system", "light", "dark"]) -> None:
        """Follow the system, or take one theme whatever the system says."""
        self._chosen = name
        self._app.styleHints().setColorScheme(_SCHEMES[name])  # window frames and file dialogs follow too
        self._apply()

    def _apply(self, _scheme: Qt.ColorScheme = Qt.ColorScheme.Unknown) -> None:
        # a desktop that knows no color schemes does not report the one that was chosen either
        system_dark = self._app.styleHints().colorScheme() == Qt.ColorScheme.Dark
        self._theme = DARK if self._chosen == "dark" or (self._chosen == "system" and system_dark) else LIGHT
        self._app.setPalette(palette(self._theme))
        self._app.setStyleSheet(style_sheet(self._theme))
        self.changed.emit(self._theme)
