"""Tray, window, dialogs and session wired together."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication

from vcam.calibration_store import CalibrationStore
from vcam.config import Config
from vcam.controls import ControlState
from vcam.desktop.cameras import CameraList
from vcam.desktop.dialogs import Dialogs
from vcam.desktop.hotkey_choice import HotkeyChoice
from vcam.desktop.icon import icon
from vcam.desktop.menu import TrayMenu
from vcam.desktop.notices import Notices
from vcam.desktop.preferences import Preferences
from vcam.desktop.presence import Presence
from vcam.desktop.preview_feed import PreviewFeed
from vcam.desktop.remote import RemoteCommands
from vcam.desktop.start_at_login import StartAtLogin
from vcam.desktop.state_feed import StateFeed
from vcam.desktop.theme_switch import ThemeSwitch
from vcam.desktop.tray import Tray
from vcam.desktop.window import MainWindow
from vcam.desktop.words import Account, figures, watchers
from vcam.errors import ConfigError
from vcam.session import Activity, LiveSession, SessionEvent, SessionStatus
from vcam.settings_file import SettingsFile

_MESSAGES = {
    Activity.STARTING: "Starting…",
    Activity.WAITING: "The camera is closed while no program uses GazeCam.",
    Activity.PROBLEM: "There is no picture from the camera.",
    Activity.STOPPED: "GazeCam has stopped.",
}


class Desktop(QObject):
    """Everything that a person sees of one session."""

    _event = Signal(object)
    _controls_changed = Signal(object)

    def __init__(
        self,
        app: QApplication,
        session: LiveSession,
        settings: SettingsFile,
        remote: RemoteCommands | None = None,
        calibrations: CalibrationStore | None = None,
    ) -> None:
        """Build it all; nothing is shown but the tray icon.

        ``calibrations``: another store than the user's own.

        Raises:
            IconMissing: the package was built without its icons.
        """
        super().__init__(app)
        self._app = app
        self._session = session
        app.setWindowIcon(icon("app"))
        self.theme = ThemeSwitch(app)
        self.preferences = Preferences(session, settings, self)
        self.cameras = CameraList(parent=self)
        self.login = StartAtLogin(parent=self)
        self.hotkey = HotkeyChoice(session.controls.toggle, parent=self)
        self.window = MainWindow(self.cameras)
        self.menu = TrayMenu(self.window)
        self.tray = Tray(self.menu, self)
        self.presence = Presence(self.window, Tray.hosted, self._tell)
        self.feed = PreviewFeed(session, self.window.view, self.window)
        self.states = StateFeed(session, self)
        self.notices = Notices(self._tell)
        store = calibrations or CalibrationStore()
        self.dialogs = Dialogs(self.window, session, self.preferences, self.login, self.hotkey, store)
        self._connect_session()
        self._connect_window()
        self._connect_tray()
        self._connect_remote(remote or RemoteCommands())
        self._show_config()
        self._show_state(session.controls.state)
        self.cameras.refresh()
        self.login.refresh()

    def start(self, problem: str | None = None) -> None:
        """Show what the settings say is shown at the start."""
        if problem is not None:
            self.window.notice.say(problem)
        if self.preferences.config.desktop.show_window_at_start or not Tray.hosted() or problem is not None:
            self.presence.open()

    def close(self) -> None:
        """Take everything away; the session is the caller's to stop."""
        self.feed.set_watching(False)
        self._unsubscribe()
        self._unsubscribe_controls()
        self.hotkey.close()
        self.tray.close()
        self.window.hide()
        self.preferences.close()
        self.cameras.close()
        self.login.close()

    def _connect_session(self) -> None:
        self._event.connect(self._happened)
        self._controls_changed.connect(self._show_state)
        self._unsubscribe = self._session.subscribe(self._event.emit)
        self._unsubscribe_controls = self._session.controls.subscribe(self._controls_changed.emit)
        self.states.account_changed.connect(self._show_account)
        self.states.status_changed.connect(self._show_status)
        self.theme.changed.connect(self.window.set_theme)
        self.preferences.config_changed.connect(self._show_config)
        self.preferences.failed.connect(self.window.notice.say)
        self.cameras.changed.connect(self._show_cameras)
        self.cameras.failed.connect(self.window.notice.say)
        self.login.failed.connect(self.window.notice.say)
        self.dialogs.refused.connect(self.window.notice.say)
        self.login.changed.connect(self.menu.login.setChecked)

    def _connect_window(self) -> None:
        window = self.window
        window.mode_asked.connect(self._choose_mode)
        window.strength_asked.connect(self._choose_strength)
        window.settings_changed.connect(self._change)
        window.calibration_asked.connect(self.dialogs.open_calibration)
        window.settings_asked.connect(self.dialogs.open_settings)
        window.close_asked.connect(self.presence.close)
        window.quit_asked.connect(self._end)
        window.shown.connect(self.cameras.refresh)
        window.split_rested.connect(self._keep_split)
        self.presence.quit_asked.connect(self._end)

    def _connect_tray(self) -> None:
        menu = self.menu
        self.tray.clicked.connect(self._session.controls.toggle)
        self.tray.window_asked.connect(self.presence.open)
        menu.aboutToShow.connect(self.cameras.refresh)
        menu.enabled_asked.connect(self._turn)
        menu.mode_asked.connect(self._choose_mode)
        menu.strength_asked.connect(self._choose_overall_strength)
        menu.camera_asked.connect(self._choose_camera)
        menu.window_asked.connect(self.presence.open)
        menu.calibration_asked.connect(self.dialogs.open_calibration)
        menu.settings_asked.connect(self.dialogs.open_settings)
        menu.login_asked.connect(self.login.turn)
        menu.quit_asked.connect(self._end)
        menu.triggered.connect(self._show_state_again)

    def _connect_remote(self, remote: RemoteCommands) -> None:
        remote.preview_asked.connect(self.presence.open)
        remote.settings_asked.connect(self.dialogs.open_settings)
        remote.calibration_asked.connect(self.dialogs.open_calibration)
        remote.quit_asked.connect(self._end)
        remote.attach(self._session)

    def _end(self) -> None:
        # quit() would first ask the window to close, which only hides it
        self._app.exit(0)

    def _turn(self, on: bool) -> None:
        controls = self._session.controls
        controls.turn_on() if on else controls.change(mode="off")

    def _choose_mode(self, mode: str) -> None:
        self._session.controls.change(mode=mode)

    def _choose_strength(self, field: str, share: float) -> None:
        self._session.controls.change(**{field: share})

    def _choose_overall_strength(self, share: float) -> None:
        self._session.controls.change(strength=share)

    def _choose_camera(self, spec: str) -> None:
        self._change({"source.spec": spec})

    def _change(self, values: dict[str, object]) -> None:
        self.window.notice.clear()
        try:
            self.preferences.change(values)
        except ConfigError as error:
            self.window.notice.say(str(error))
            self._show_config()

    def _keep_split(self, share: float) -> None:
        if share != self.preferences.config.desktop.split:
            self.preferences.change({"desktop.split": share})

    def _show_account(self, now: Account) -> None:
        self.tray.show_account(now)
        self.menu.show_status(now.headline)
        self.window.show_account(now)

    def _show_status(self, status: SessionStatus) -> None:
        self.window.status.show_figures(figures(status), watchers(status))
        self.window.view.show_message(_MESSAGES.get(status.activity, ""))

    def _show_state(self, state: ControlState) -> None:
        self.menu.show_state(state)
        self.window.show_state(state)
        self.states.look()

    def _show_state_again(self, _action: QAction) -> None:
        """Qt has changed the check marks by itself, perhaps to what is not so."""
        self._show_state(self._session.controls.state)

    def _show_config(self) -> None:
        config: Config = self.preferences.config
        self.theme.choose(config.desktop.theme)
        self.notices.enabled = config.desktop.notifications
        self.hotkey.choose(config.desktop.hotkey)
        self.window.show_config(config)
        self._show_cameras()

    def _show_cameras(self) -> None:
        spec = self.preferences.config.source.spec
        self.menu.show_cameras(self.cameras.choices(spec), spec)

    def _happened(self, event: SessionEvent) -> None:
        self.notices.take(event)
        match event.kind:
            case "problem":
                self.window.notice.say(event.text)
            case "mended":
                self.window.notice.clear()
            case _:
                pass

    def _tell(self, title: str, text: str) -> None:
        if Tray.hosted():
            self.tray.notify(title, text)
        elif not self.window.isActiveWindow():
            self._app.alert(self.window)
