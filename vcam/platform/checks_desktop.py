"""What ``doctor`` judges of the desktop: window, tray, hotkey, settings file. None of it stops live mode."""

from vcam.platform.checks import Check
from vcam.platform.desktop_facts import DesktopFacts

_EXTRA = "uv tool install --reinstall 'gazecam[desktop]' (in a clone: uv sync --extra desktop)"
_BY_SYSTEM = "give `gazecam toggle` a shortcut in the keyboard settings of your desktop"


def check_display(facts: DesktopFacts) -> Check:
    """Whether a window could be shown."""
    if facts.screen:
        kinds = {"x11": "X11", "wayland": "Wayland", "native": "the system's own"}
        return Check("display", "ok", f"a display is there ({kinds[facts.screen]})")
    message = "no display: no window and no tray, live mode runs without them"
    return Check("display", "warn", message, "run inside a desktop session")


def check_desktop_extra(facts: DesktopFacts) -> Check:
    """Whether what draws window and tray is installed."""
    if not facts.qt:
        message = "window and tray are not installed; live mode runs without them"
        return Check("desktop", "warn", message, _EXTRA)
    if facts.missing_packages:
        message = "window and tray do not start: system libraries are missing"
        return Check("desktop", "warn", message, f"sudo apt install {' '.join(facts.missing_packages)}")
    return Check("desktop", "ok", "window and tray are installed")


def check_tray(facts: DesktopFacts) -> Check:
    """Whether the desktop shows the icons of programs."""
    if facts.screen == "native" or facts.notifier_host or facts.x11_tray:
        return Check("tray", "ok", "a tray is there")
    if facts.notifier_host is None and facts.x11_tray is None:
        return Check("tray", "ok", "cannot tell whether there is a tray; without one the window stays open")
    if "GNOME" in facts.desktop.upper():
        fix = "install the GNOME extension AppIndicator and KStatusNotifierItem Support, then log in again"
        return Check("tray", "warn", "GNOME shows no tray icons by itself; GazeCam keeps its window", fix)
    message = "this desktop has no tray; GazeCam keeps its window"
    return Check("tray", "warn", message, "start a tray (in a panel, or a program such as trayer)")


def check_hotkey(facts: DesktopFacts, keys: str) -> Check:
    """Whether ``keys`` can switch GazeCam from any program; empty: none is wanted."""
    if not keys:
        return Check("hotkey", "ok", "none is wanted")
    if facts.screen == "wayland":
        return _portal_hotkey(facts, keys)
    if facts.screen == "x11" and not facts.xlib:
        return Check("hotkey", "warn", "hotkeys are not installed", _EXTRA)
    return Check("hotkey", "ok", f"{keys} can be asked for")


def _portal_hotkey(facts: DesktopFacts, keys: str) -> Check:
    if facts.portal_shortcuts is None:
        return Check("hotkey", "ok", "cannot tell whether this desktop gives programs shortcuts")
    if not facts.portal_shortcuts:
        message = "this Wayland desktop gives programs no shortcuts of their own"
        return Check("hotkey", "warn", message, _BY_SYSTEM)
    return Check("hotkey", "ok", f"{keys} can be asked for through the desktop's portal")


def check_settings(problem: str | None) -> Check:
    """``problem``: why the settings file could not be used, the last good settings being in force."""
    if problem is None:
        return Check("settings", "ok", "the settings file is fine, or there is none")
    fix = "mend what is quoted, or change any setting in GazeCam's window, which writes the file anew"
    return Check("settings", "warn", problem, fix)
