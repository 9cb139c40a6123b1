"""Tray, window and settings of live mode. Qt is for this package alone."""

from typing import TYPE_CHECKING

from vcam.errors import ConfigError

if TYPE_CHECKING:
    from vcam.desktop.remote import RemoteCommands
    from vcam.platform.instance import Instance
    from vcam.session import LiveSession
    from vcam.settings_file import SettingsFile

_PROBE_S = 20.0


def run_desktop(
    session: "LiveSession",
    settings: "SettingsFile",
    instance: "Instance | None" = None,
    *,
    remote: "RemoteCommands | None" = None,
    problem: str | None = None,
    duration_s: float | None = None,
) -> int:
    """Show the tray icon and the window of a session until the person quits; the exit code.

    Starts the session if nobody has, and stops it before returning. Call it on the main thread.
    ``remote`` is what ``instance`` was given as its ``answer``: from here on it reaches the window.
    ``problem`` (``SettingsFile.load_or_last_good``'s) is shown as a line in the window.

    Raises:
        ConfigError: PySide6 is missing; ``has_desktop`` tells so beforehand.
    """
    missing = missing_parts()
    if missing is not None:
        raise ConfigError(f"{missing}; or start with --no-tray")
    from vcam.desktop.loop import run

    return run(session, settings, instance, remote=remote, problem=problem, duration_s=duration_s)


def missing_parts() -> str | None:
    """Why the desktop cannot be shown here, in one sentence with its remedy; None where it can."""
    import importlib.util

    if importlib.util.find_spec("PySide6") is None:
        return "the tray needs PySide6, which is not installed: install gazecam[desktop]"
    return _no_display()


def _no_display() -> str | None:
    import os
    import sys

    if sys.platform != "linux":
        return None  # Windows and macOS always have one, and Qt brings all it needs
    if not any(os.environ.get(name) for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY")):
        return "the tray needs a desktop, and neither DISPLAY nor WAYLAND_DISPLAY is set"
    return _qt_refuses(sys.executable)


def _qt_refuses(python: str) -> str | None:
    """What Qt says where it opens no window; asked in a process of its own, since Qt aborts there."""
    import subprocess

    probe = [python, "-c", "from PySide6.QtWidgets import QApplication; QApplication([])"]
    try:
        done = subprocess.run(probe, capture_output=True, text=True, check=False, timeout=_PROBE_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the tray cannot be shown: {error}"
    if done.returncode == 0:
        return None
    said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["it does not say why"]
    telling = [line for line in said if "needed" in line or "connect" in line or "Error" in line]
    return f"the tray cannot be shown: {(telling or said)[0]}"
