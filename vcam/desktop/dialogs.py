"""The windows that open from the window: settings and calibration, each once at a time."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from vcam.calibration_store import CalibrationStore
from vcam.desktop.calibration import CalibrationWindow
from vcam.desktop.hotkey_choice import HotkeyChoice
from vcam.desktop.preferences import Preferences
from vcam.desktop.settings_dialog import SettingsDialog
from vcam.desktop.start_at_login import StartAtLogin
from vcam.session import LiveSession


class Dialogs(QObject):
    """Opens them without blocking; asked again, brings the open one to the front."""

    refused = Signal(str)
    """Why one does not open."""

    def __init__(
        self,
        window: QWidget,
        session: LiveSession,
        preferences: Preferences,
        login: StartAtLogin,
        hotkey: HotkeyChoice,
        store: CalibrationStore,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._session = session
        self._preferences = preferences
        self._login = login
        self._hotkey = hotkey
        self._store = store
        self.calibration: CalibrationWindow | None = None
        self.settings: SettingsDialog | None = None

    def open_settings(self) -> None:
        """Open the settings."""
        if self.settings is None:
            hints = {"desktop.hotkey": self._hotkey.problem} if self._hotkey.problem else {}
            self.settings = SettingsDialog(self._preferences, self._login, hints, self._parent())
            self.settings.finished.connect(self._settings_closed)
        self.settings.show()
        self.settings.raise_()
        self.settings.activateWindow()

    def open_calibration(self) -> None:
        """Open the guided calibration of the camera that is in use; it fills the screen."""
        if self.calibration is None:
            camera = self._session.status().camera
            if camera is None:
                self.refused.emit("There is no camera to calibrate yet; choose one first.")
                return
            self.calibration = CalibrationWindow(self._session, self._store, camera, self._parent())
            self.calibration.finished.connect(self._calibration_closed)
        self.calibration.showFullScreen()
        self.calibration.raise_()
        self.calibration.activateWindow()

    def _calibration_closed(self) -> None:
        if self.calibration is not None:
            self.calibration.deleteLater()
            self.calibration = None

    def _settings_closed(self) -> None:
        if self.settings is not None:
            self.settings.deleteLater()
            self.settings = None

    def _parent(self) -> QWidget | None:
        """A dialog of a window that is hidden would be hidden with it."""
        return self._window if self._window.isVisible() else None
