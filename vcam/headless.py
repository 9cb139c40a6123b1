"""Live mode without a window: signals end it, and commands from other starts reach it."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager

from vcam.desktop.words import account
from vcam.errors import VcamError
from vcam.session import LiveSession

_NO_WINDOW = "GazeCam runs without a window; for one, quit it and start it without --no-tray"


class HeadlessCommands:
    """Answers ``vcam.platform.instance.COMMANDS`` for a session; on any thread."""

    def __init__(self, session: LiveSession) -> None:
        """Answer for ``session``, which need not have begun."""
        self._session = session

    def __call__(self, command: str) -> str:
        """Carry out a command; a line for the user.

        Raises:
            VcamError: it cannot be done, and why.

        """
        session = self._session
        match command:
            case "toggle":
                return _switched(session.controls.toggle().enabled)
            case "on":
                return _switched(session.controls.turn_on().enabled)
            case "off":
                return _switched(session.controls.change(mode="off").enabled)
            case "status":
                return account(session.status(), enabled=session.controls.state.enabled).sentence
            case "quit":
                session.stop()
                return "GazeCam is closing."
            case "preview" | "settings" | "calibrate":
                raise VcamError(_NO_WINDOW)
            case _:
                raise VcamError(f"unknown command {command!r}")


def _switched(on: bool) -> str:
    return f"Eye contact is {'on' if on else 'off'}."


@contextmanager
def stopping_on_signals(stop: Callable[[], None]) -> Generator[None]:
    """SIGINT and SIGTERM call ``stop``; KeyboardInterrupt follows once what it stops has ended."""
    caught: list[int] = []

    def note(number: int, _frame: object) -> None:
        caught.append(number)
        stop()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, note) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
    if caught:
        raise KeyboardInterrupt
