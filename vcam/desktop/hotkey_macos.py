"""The hotkey on macOS: Carbon's RegisterEventHotKey, whose events Qt's own event loop delivers.

The calls themselves have not been run by this project's tests, which have no Mac; the tables have.
"""

import ctypes
from collections.abc import Callable
from typing import Any

from vcam.desktop.hotkey import HotkeyUnavailable
from vcam.desktop.hotkey_keys import Keys, Modifier

_CARBON = "/System/Library/Frameworks/Carbon.framework/Carbon"
_MODIFIERS: dict[Modifier, int] = {"Super": 0x100, "Shift": 0x200, "Alt": 0x800, "Ctrl": 0x1000}
# Places on the keyboard, named by what an American one has there.
_LETTERS = {
    **{letter: code for code, letter in enumerate("ASDFHGZXCV")},
    **{letter: code for code, letter in enumerate("QWERYT", 12)},
} | {"B": 11, "O": 31, "U": 32, "I": 34, "P": 35, "L": 37, "J": 38, "K": 40, "N": 45, "M": 46}
_DIGITS = {"1": 18, "2": 19, "3": 20, "4": 21, "6": 22, "5": 23, "9": 25, "7": 26, "8": 28, "0": 29}
_FUNCTION = (122, 120, 99, 118, 96, 97, 98, 100, 101, 109, 103, 111)
_NAMED = {
    "Space": 49,
    "Home": 115,
    "PageUp": 116,
    "Delete": 117,
    "End": 119,
    "PageDown": 121,
    "Left": 123,
    "Right": 124,
    "Down": 125,
    "Up": 126,
}
_CODES = _LETTERS | _DIGITS | {f"F{n}": code for n, code in enumerate(_FUNCTION, 1)} | _NAMED
_KEYBOARD, _PRESSED = int.from_bytes(b"keyb", "big"), 5
_SIGNATURE, _ID = int.from_bytes(b"GzCm", "big"), 1
_TAKEN = -9878
"""eventHotKeyExistsErr"""


class _HotKeyId(ctypes.Structure):
    _fields_ = (("signature", ctypes.c_uint32), ("id", ctypes.c_uint32))


class _EventType(ctypes.Structure):
    _fields_ = (("kind_of_device", ctypes.c_uint32), ("kind", ctypes.c_uint32))


_Handler = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class MacListener:
    """Holds the keys until ``close``. Make it on the main thread; ``pressed`` is called there."""

    problem = None

    def __init__(self, keys: Keys, pressed: Callable[[], None]) -> None:
        """Take the keys.

        Raises:
            HotkeyUnavailable: a Mac has no such key, or another program has the keys.
        """
        code = key_code(keys)
        self._carbon = _carbon()
        self._pressed = pressed
        self._hotkey, self._installed = ctypes.c_void_p(), ctypes.c_void_p()
        self._handler = _Handler(self._handle)  # Carbon keeps only its address
        target, kind = self._carbon.GetApplicationEventTarget(), _EventType(_KEYBOARD, _PRESSED)
        self._carbon.InstallEventHandler(
            target, self._handler, 1, ctypes.byref(kind), None, ctypes.byref(self._installed)
        )
        status = self._carbon.RegisterEventHotKey(
            code, modifiers(keys), _HotKeyId(_SIGNATURE, _ID), target, 0, ctypes.byref(self._hotkey)
        )
        if status != 0:
            self.close()
            reason = "is in use by another program" if status == _TAKEN else f"was refused (error {status})"
            raise HotkeyUnavailable(f"{keys} {reason}; set another desktop.hotkey")

    def close(self) -> None:
        """Give the keys back; safe to call twice."""
        if self._hotkey:
            self._carbon.UnregisterEventHotKey(self._hotkey)
        if self._installed:
            self._carbon.RemoveEventHandler(self._installed)
        self._hotkey, self._installed = ctypes.c_void_p(), ctypes.c_void_p()

    def _handle(self, _call: int, _event: int, _data: int) -> int:
        self._pressed()
        return 0


def modifiers(keys: Keys) -> int:
    """The modifiers as Carbon takes them; Super is the command key, Alt is option."""
    return sum(_MODIFIERS[modifier] for modifier in keys.modifiers)


def key_code(keys: Keys) -> int:
    """The key's place on the keyboard.

    Raises:
        HotkeyUnavailable: a Mac's keyboard has none.
    """
    if keys.key not in _CODES:
        raise HotkeyUnavailable(f"{keys}: a Mac's keyboard has no key {keys.key}; set another desktop.hotkey")
    return _CODES[keys.key]


def _carbon() -> Any:
    carbon = ctypes.CDLL(_CARBON)
    pointer, number = ctypes.c_void_p, ctypes.c_uint32
    carbon.GetApplicationEventTarget.restype = pointer
    carbon.InstallEventHandler.argtypes = [pointer, _Handler, ctypes.c_ulong, pointer, pointer, pointer]
    carbon.RegisterEventHotKey.argtypes = [number, number, _HotKeyId, pointer, number, pointer]
    carbon.UnregisterEventHotKey.argtypes = [pointer]
    carbon.RemoveEventHandler.argtypes = [pointer]
    return carbon
