"""The hotkey on Windows: RegisterHotKey, and a thread that sleeps in GetMessage.

The calls themselves have not been run by this project's tests, which have no Windows; the tables have.
"""

import ctypes
import threading
from collections.abc import Callable
from typing import Any

from vcam.desktop.hotkey import HotkeyUnavailable
from vcam.desktop.hotkey_keys import FUNCTION_KEYS, Keys, Modifier

_MODIFIERS: dict[Modifier, int] = {"Alt": 1, "Ctrl": 2, "Shift": 4, "Super": 8}
_NO_REPEAT = 0x4000
_NAMED = {
    "Space": 0x20,
    "PageUp": 0x21,
    "PageDown": 0x22,
    "End": 0x23,
    "Home": 0x24,
    "Left": 0x25,
    "Up": 0x26,
    "Right": 0x27,
    "Down": 0x28,
    "Insert": 0x2D,
    "Delete": 0x2E,
    "Pause": 0x13,
}
_ID = 1
_WM_HOTKEY, _WM_QUIT = 0x0312, 0x0012
_TAKEN = 1409
"""ERROR_HOTKEY_ALREADY_REGISTERED"""


class WindowsListener:
    """Holds the keys until ``close``. They belong to the thread that asked for them."""

    problem = None

    def __init__(self, keys: Keys, pressed: Callable[[], None]) -> None:
        """Take the keys.

        Raises:
            HotkeyUnavailable: another program has them, or Windows keeps them for itself.
        """
        self._keys, self._pressed = keys, pressed
        self._asked = threading.Event()
        self._refusal: str | None = None
        self._thread = threading.Thread(target=self._listen, name="hotkey", daemon=True)
        self._thread.start()
        self._asked.wait()
        if self._refusal is not None:
            self._thread.join()
            raise HotkeyUnavailable(self._refusal)

    def close(self) -> None:
        """Give the keys back; the thread has ended."""
        if self._thread.is_alive():
            _user32().PostThreadMessageW(self._thread.native_id, _WM_QUIT, 0, 0)
            self._thread.join()

    def _listen(self) -> None:
        from ctypes.wintypes import MSG

        user32, message = _user32(), MSG()
        # looking for a message makes the queue to which ``close`` posts
        user32.PeekMessageW(ctypes.byref(message), None, 0, 0, 0)
        if not user32.RegisterHotKey(None, _ID, modifiers(self._keys), virtual_key(self._keys)):
            code = int(getattr(ctypes, "get_last_error")())  # noqa: B009  exists on Windows only
            reason = "is in use by another program" if code == _TAKEN else f"was refused (error {code})"
            self._refusal = f"{self._keys} {reason}; set another desktop.hotkey"
            self._asked.set()
            return
        self._asked.set()
        while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
            if message.message == _WM_HOTKEY:
                self._pressed()
        user32.UnregisterHotKey(None, _ID)


def modifiers(keys: Keys) -> int:
    """The modifiers as RegisterHotKey takes them; a key that is held down does not repeat."""
    return sum(_MODIFIERS[modifier] for modifier in keys.modifiers) | _NO_REPEAT


def virtual_key(keys: Keys) -> int:
    """The key's virtual-key code."""
    if keys.key in FUNCTION_KEYS:
        return 0x70 + FUNCTION_KEYS.index(keys.key)
    return _NAMED.get(keys.key) or ord(keys.key)


def _user32() -> Any:
    return getattr(ctypes, "WinDLL")("user32", use_last_error=True)  # noqa: B009  exists on Windows only
