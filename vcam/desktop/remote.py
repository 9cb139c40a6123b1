"""What a second start and the command line ask of the running program."""

import threading

from PySide6.QtCore import QObject, Signal

from vcam.desktop.words import account, figures
from vcam.errors import VcamError
from vcam.session import LiveSession


class RemoteCommands(QObject):
    """Answers commands on whatever thread they come; the ``answer`` of ``Instance.acquire``.

    The eyes are switched at once; what concerns windows goes to the Qt thread by signal. Made before the
    session exists, so that nothing is started twice: until ``attach`` it says that the program is starting.
    """

    preview_asked = Signal()
    settings_asked = Signal()
    calibration_asked = Signal()
    quit_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session: LiveSession | None = None
        self._attached = threading.Event()

    def attach(self, session: LiveSession) -> None:
        """From now on commands reach this session."""
        self._session = session
        self._attached.set()

    def __call__(self, command: str) -> str:
        """Carry out one of ``vcam.platform.instance.COMMANDS``; a line for the user.

        Raises:
            VcamError: the program is still starting, or does not know the command.
        """
        session = self._session
        if session is None:
            raise VcamError("GazeCam is still starting; try again in a moment")
        match command:
            case "toggle" | "on" | "off":
                return _switched(session, command)
            case "status":
                status = session.status()
                line = account(status, enabled=session.controls.state.enabled).sentence
                return " ".join([line, *([", ".join(figures(status)) + "."] if status.fps else [])])
            case "preview":
                self.preview_asked.emit()
                return "The window is open."
            case "settings":
                self.settings_asked.emit()
                return "The settings are open."
            case "calibrate":
                self.calibration_asked.emit()
                return "The calibration is open."
            case "quit":
                self.quit_asked.emit()
                return "GazeCam is closing."
            case _:
                raise VcamError(f"unknown command {command!r}")


def _switched(session: LiveSession, command: str) -> str:
    controls = session.controls
    match command:
        case "toggle":
            state = controls.toggle()
        case "on":
            state = controls.turn_on()
        case _:
            state = controls.change(mode="off")
    return f"Eye contact is {'on' if state.enabled else 'off'}."
