"""The desktop's event loop: from the session's start to its end, whoever ends it."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from vcam.desktop.desktop import Desktop
from vcam.desktop.remote import RemoteCommands
from vcam.session import Activity, LiveSession
from vcam.settings_file import SettingsFile

if TYPE_CHECKING:
    from vcam.platform.instance import Instance


def run(
    session: LiveSession,
    settings: SettingsFile,
    instance: "Instance | None",
    *,
    remote: RemoteCommands | None,
    problem: str | None,
    duration_s: float | None,
) -> int:
    """``vcam.desktop.run_desktop``, once Qt is known to be there."""
    app = _application()
    desktop = Desktop(app, session, settings, remote)
    try:
        if session.status().activity is Activity.STOPPED:
            session.start()
        desktop.start(problem)
        if duration_s is not None:
            QTimer.singleShot(round(1000 * duration_s), lambda: app.exit(0))
        with _quitting_on_signals(app) as caught:
            app.exec()
    finally:
        desktop.close()
        session.stop()
        if instance is not None:
            instance.close()
    if caught:
        raise KeyboardInterrupt
    return 0


def _application() -> QApplication:
    app = QApplication.instance() or QApplication(["gazecam"])
    assert isinstance(app, QApplication)
    app.setApplicationName("GazeCam")
    app.setApplicationDisplayName("GazeCam")
    app.setDesktopFileName("gazecam")
    app.setQuitOnLastWindowClosed(False)
    return app


@contextmanager
def _quitting_on_signals(app: QApplication) -> Generator[list[int]]:
    """SIGINT and SIGTERM end the event loop; the state's timer lets Python notice them within a moment."""
    caught: list[int] = []

    def quit_app(number: int, _frame: object) -> None:
        caught.append(number)
        app.exit(0)

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, quit_app) for number in signals]
    try:
        yield caught
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
