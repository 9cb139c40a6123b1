"""The hotkey on X11: a grab of the key on the root window, and a thread that sleeps until it is pressed."""

import itertools
import logging
import os
import select
import threading
from collections.abc import Callable, Iterator
from typing import Any

from vcam.desktop.hotkey import HotkeyUnavailable
from vcam.desktop.hotkey_keys import Keys, Modifier

_log = logging.getLogger(__name__)

_KEYSYMS = {"PageUp": "Prior", "PageDown": "Next", "Space": "space"}
_MODIFIER_KEYSYMS: dict[Modifier, str] = {"Alt": "Alt_L", "Super": "Super_L"}
"""Which of the five free modifiers they are is the keyboard's own choice."""


class X11Listener:
    """Holds the keys on one X server until ``close``."""

    def __init__(self, keys: Keys, pressed: Callable[[], None]) -> None:
        """Take the keys.

        Raises:
            HotkeyUnavailable: no server, no such key on the keyboard, or another program has it.
        """
        self._keys, self._pressed = keys, pressed
        self._problem: str | None = None
        self._display = _connect()
        try:
            self._codes = _grab(self._display, keys)
        except HotkeyUnavailable:
            self._display.close()
            raise
        self._woken, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._listen, name="hotkey", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str | None:
        """Why the keys no longer work; None while they do."""
        return self._problem

    def close(self) -> None:
        """Give the keys back; the thread has ended."""
        if self._wake < 0:
            return
        os.write(self._wake, b"x")
        self._thread.join()
        for end in (self._woken, self._wake):
            os.close(end)
        self._wake = -1

    def _listen(self) -> None:
        from Xlib.error import ConnectionClosedError, XError

        try:
            self._serve()
            self._display.close()  # the server takes the grabs back with the connection
        except (ConnectionClosedError, XError, OSError) as error:
            _log.debug("X11 connection lost: %s", error)
            self._problem = f"{self._keys} no longer works: the connection to the X server was lost"

    def _serve(self) -> None:
        from Xlib import X

        held, released_at = False, -1
        while self._wait():
            for _ in range(self._display.pending_events()):
                event = self._display.next_event()
                if event.type == X.MappingNotify:
                    self._follow_keyboard(event)
                elif event.type == X.KeyPress and event.detail in self._codes:
                    # a key that is held down repeats as a release and a press of the same moment
                    if not held and event.time != released_at:
                        self._pressed()
                    held = True
                elif event.type == X.KeyRelease and event.detail in self._codes:
                    held, released_at = False, event.time

    def _wait(self) -> bool:
        """Sleep until the server says something; False when it is time to end."""
        if self._display.pending_events():  # what another call has read already would not wake us
            return True
        ready, _, _ = select.select([self._display, self._woken], [], [])
        return self._woken not in ready

    def _follow_keyboard(self, event: Any) -> None:
        self._display.refresh_keyboard_mapping(event)
        if _codes(self._display, self._keys) != self._codes:
            _ungrab(self._display)
            try:
                self._codes = _grab(self._display, self._keys)
                self._problem = None
            except HotkeyUnavailable as error:
                self._codes, self._problem = frozenset(), str(error)


def _connect() -> Any:
    try:
        from Xlib.display import Display
        from Xlib.error import DisplayError, XauthError
    except ImportError as error:
        raise HotkeyUnavailable(
            "the hotkey needs python-xlib, which is not installed: install gazecam[desktop]"
        ) from error
    name = os.environ.get("DISPLAY", "")
    if not name.removeprefix("unix").startswith(":"):
        raise HotkeyUnavailable(f"the hotkey works on this computer's own screen only, not on {name}")
    try:
        # "unix/" because python-xlib would try the network where the local socket is missing
        return Display("unix/" + name.removeprefix("unix"))
    except (DisplayError, XauthError, OSError) as error:
        raise HotkeyUnavailable(f"the hotkey cannot reach the X server {name}: {error}") from error


def _codes(display: Any, keys: Keys) -> frozenset[int]:
    """The keycodes that produce the key, unshifted; empty where the keyboard has none."""
    from Xlib import XK

    keysym = XK.string_to_keysym(_KEYSYMS.get(keys.key, keys.key if len(keys.key) > 1 else keys.key.lower()))
    # columns 0 and 2 are the unshifted ones of both groups that the core protocol knows
    return frozenset(code for code, column in display.keysym_to_keycodes(keysym) if column in {0, 2})


def _grab(display: Any, keys: Keys) -> frozenset[int]:
    from Xlib import X
    from Xlib.error import BadAccess, CatchError

    codes = _codes(display, keys)
    if not codes:
        raise HotkeyUnavailable(f"{keys}: this keyboard has no key {keys.key}; set another desktop.hotkey")
    root, refused = display.screen().root, CatchError(BadAccess)
    wanted = _mask(display, keys)
    for code, locks in itertools.product(codes, _lock_masks(display)):
        root.grab_key(code, wanted | locks, True, X.GrabModeAsync, X.GrabModeAsync, onerror=refused)
    display.sync()
    if refused.get_error() is not None:
        _ungrab(display)
        raise HotkeyUnavailable(f"{keys} is in use by another program; set another desktop.hotkey")
    return codes


def _ungrab(display: Any) -> None:
    from Xlib import X

    display.screen().root.ungrab_key(X.AnyKey, X.AnyModifier)
    display.sync()


def _mask(display: Any, keys: Keys) -> int:
    from Xlib import X

    mask = (X.ControlMask if "Ctrl" in keys.modifiers else 0) | (
        X.ShiftMask if "Shift" in keys.modifiers else 0
    )
    for modifier in keys.modifiers & _MODIFIER_KEYSYMS.keys():
        found = _mask_of(display, _MODIFIER_KEYSYMS[modifier])
        if not found:
            raise HotkeyUnavailable(f"{keys}: this keyboard has no {modifier}; set another desktop.hotkey")
        mask |= found
    return mask


def _lock_masks(display: Any) -> Iterator[int]:
    """All combinations of the locks, for a grab counts only for exactly its modifiers."""
    from Xlib import X

    locks = {X.LockMask, _mask_of(display, "Num_Lock"), _mask_of(display, "Scroll_Lock")} - {0}
    for size in range(len(locks) + 1):
        for some in itertools.combinations(sorted(locks), size):
            yield sum(some)


def _mask_of(display: Any, keysym: str) -> int:
    """The modifier bit that a key of this keyboard sets; 0: it sets none."""
    from Xlib import XK

    codes = {code for code, _ in display.keysym_to_keycodes(XK.string_to_keysym(keysym))}
    return sum(1 << bit for bit, row in enumerate(display.get_modifier_mapping()) if codes & set(row))
