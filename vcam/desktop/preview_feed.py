"""Brings the newest frame to the picture: at the screen's pace at most, and only while it can be seen."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from vcam.desktop.split_view import SplitView
from vcam.session import LiveSession
from vcam.types import Correction

_FASTEST_HZ = 60.0


class PreviewFeed(QObject):
    """Follows a window: shown, it asks the session to keep the camera open and paints; hidden, neither."""

    def __init__(self, session: LiveSession, view: SplitView, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._view = view
        self._window = window
        self._shown: Correction | None = None
        self._watching = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._paint_newest)
        window.installEventFilter(self)

    @property
    def watching(self) -> bool:
        """Whether the picture can be seen."""
        return self._watching

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice when the window comes and goes."""
        if event.type() in {QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.WindowStateChange}:
            # the event is still under way: look once the window is what it will be
            QTimer.singleShot(0, self, self._follow)
        return False

    def _follow(self) -> None:
        self.set_watching(self._window.isVisible() and not self._window.isMinimized())

    def set_watching(self, on: bool) -> None:
        """Begin or end painting, and tell the session."""
        if on == self._watching:
            return
        self._watching = on
        self._session.watch(on)
        if on:
            screen = self._window.screen() or QGuiApplication.primaryScreen()
            self._timer.start(round(1000 / min(max(screen.refreshRate(), 30.0), _FASTEST_HZ)))
        else:
            self._timer.stop()

    def _paint_newest(self) -> None:
        newest = self._session.newest()
        if newest is None or newest is self._shown:
            return
        self._shown = newest
        self._view.show_pair(newest.original.image, newest.frame.image)
