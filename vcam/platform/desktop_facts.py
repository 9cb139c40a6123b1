"""What the desktop offers a program that lives in its corner: a screen, a tray, shortcuts."""

import ctypes.util
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, TypeAlias

from vcam.platform import session_bus

Screen: TypeAlias = Literal["", "x11", "wayland", "native"]

_WATCHER = "org.kde.StatusNotifierWatcher"
_PORTAL, _PORTAL_PATH = "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"
# What Qt's X11 part loads at its start and most servers lack: library, and Debian's package of it.
_QT_LIBRARIES = {
    "EGL": "libegl1",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "xcb-cursor": "libxcb-cursor0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-shape": "libxcb-shape0",
}


@dataclass(frozen=True, slots=True)
class DesktopFacts:
    """None stands for "cannot be told" throughout."""

    screen: Screen
    """How windows are shown; empty: they cannot be."""
    desktop: str = ""
    """The desktop's name, e.g. "GNOME"."""
    notifier_host: bool | None = None
    """A tray of the modern kind (StatusNotifier)."""
    x11_tray: bool | None = None
    """A tray of the old kind (XEmbed)."""
    portal_shortcuts: bool | None = None
    """Wayland's portal hands out global shortcuts."""
    qt: bool = True
    """The packages of the extra "desktop" are there."""
    xlib: bool = True
    missing_packages: tuple[str, ...] = ()
    """System packages without which Qt does not start."""


def read_desktop(environment: Mapping[str, str] = os.environ) -> DesktopFacts:
    """Ask the session; takes a few D-Bus calls."""
    screen = read_screen(environment)
    qt, xlib = find_spec("PySide6") is not None, find_spec("Xlib") is not None
    if screen in {"", "native"}:
        return DesktopFacts(screen, qt=qt, xlib=xlib)
    return DesktopFacts(
        screen,
        environment.get("XDG_CURRENT_DESKTOP", ""),
        _notifier_host(),
        _x11_tray() if environment.get("DISPLAY") else None,
        _portal_shortcuts() if screen == "wayland" else None,
        qt,
        xlib,
        missing_packages() if qt else (),
    )


def read_screen(environment: Mapping[str, str], system: str = sys.platform) -> Screen:
    """What kind of screen the environment speaks of."""
    if system != "linux":
        return "native"
    if environment.get("WAYLAND_DISPLAY"):
        return "wayland"
    return "x11" if environment.get("DISPLAY") else ""


def missing_packages(
    find: Callable[[str], str | None] = ctypes.util.find_library,
) -> tuple[str, ...]:
    """Debian's names of the system libraries that Qt needs and ``find`` does not know."""
    return tuple(package for library, package in _QT_LIBRARIES.items() if find(library) is None)


def _notifier_host() -> bool | None:
    owned = session_bus.name_owned(_WATCHER)
    if not owned:
        return owned
    answer = session_bus.read_property(
        _WATCHER, "/StatusNotifierWatcher", _WATCHER, "IsStatusNotifierHostRegistered"
    )
    return None if answer is None else "true" in answer


def _portal_shortcuts() -> bool | None:
    if session_bus.name_owned("org.freedesktop.DBus") is None:
        return None
    interface = "org.freedesktop.portal.GlobalShortcuts"
    return session_bus.read_property(_PORTAL, _PORTAL_PATH, interface, "version") is not None


def _x11_tray() -> bool | None:
    try:
        from Xlib.display import Display  # of the extra "desktop"
        from Xlib.error import DisplayError, XError
    except ImportError:
        return None
    try:
        display = Display()
        try:
            selection = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
            return bool(display.get_selection_owner(selection))
        finally:
            display.close()
    except (DisplayError, XError, OSError):
        return None
