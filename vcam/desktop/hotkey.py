"""A key combination that works whichever program is in front, where the system allows it."""

import os
import sys
from collections.abc import Callable
from typing import Protocol

from vcam.desktop.hotkey_keys import Keys, parse_keys
from vcam.errors import ConfigError, VcamError


class HotkeyUnavailable(VcamError):
    """The system does not give this key combination to us."""


class Listener(Protocol):
    """What one system does for a hotkey, from its making on."""

    @property
    def problem(self) -> str | None:
        """Why it does not work, or no longer; None while it does."""
        ...

    def close(self) -> None:
        """Give the keys back; safe to call twice."""
        ...


class Hotkey:
    """Calls back once per press of the keys, from its making until ``close``; ``problem`` says why not."""

    def __init__(self, keys: str, pressed: Callable[[], None]) -> None:
        """Listen for ``keys``, e.g. "Ctrl+Alt+G"; ``pressed`` is called on a thread of the hotkey's own."""
        self._listener: Listener | None = None
        self._problem: str | None = None
        try:
            self._listener = _listen(parse_keys(keys), pressed)
        except (ConfigError, HotkeyUnavailable) as error:
            self._problem = str(error)

    @property
    def problem(self) -> str | None:
        """Why the keys do nothing, and what to do about it; None while they work."""
        return self._problem if self._listener is None else self._listener.problem

    def close(self) -> None:
        """Give the keys back; safe to call twice."""
        if self._listener is not None:
            self._listener.close()


def _listen(keys: Keys, pressed: Callable[[], None]) -> Listener:
    match sys.platform:
        case "win32":
            from vcam.desktop.hotkey_windows import WindowsListener

            return WindowsListener(keys, pressed)
        case "darwin":
            from vcam.desktop.hotkey_macos import MacListener

            return MacListener(keys, pressed)
        case _:
            return _listen_on_linux(keys, pressed)


def _listen_on_linux(keys: Keys, pressed: Callable[[], None]) -> Listener:
    if os.environ.get("WAYLAND_DISPLAY"):
        # X11's grabs would work there only while an X11 program is in front
        from vcam.desktop.hotkey_portal import PortalListener

        return PortalListener(keys, pressed)
    if os.environ.get("DISPLAY"):
        from vcam.desktop.hotkey_x11 import X11Listener

        return X11Listener(keys, pressed)
    raise HotkeyUnavailable("the hotkey needs a desktop, and neither DISPLAY nor WAYLAND_DISPLAY is set")
