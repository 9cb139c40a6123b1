"""GazeCam at login, by the entry that each system keeps for it; the entry itself is the only record.

Windows and macOS entries are written from their documentation; not yet run there.
"""

import configparser
import os
import plistlib
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from platformdirs import user_config_path

from vcam.errors import VcamError
from vcam.platform.desktop_entry import entry_text, exec_line
from vcam.platform.launch import launch_command

# nobody asked for a window at this moment
ARGUMENTS = ("run", "--set", "desktop.show_window_at_start=false")


class AutostartError(VcamError):
    """The entry for the start at login could not be written or removed."""


class LoginEntry(Protocol):
    """What a system keeps about the start at login."""

    def enabled(self) -> bool:
        """Whether GazeCam starts at login, as far as the entry says."""
        ...

    def enable(self, command: Sequence[str]) -> None:
        """Start this command at login; a present entry is renewed. Raises ``OSError``."""
        ...

    def disable(self) -> None:
        """Start nothing at login; fine where there is no entry. Raises ``OSError``."""
        ...


def is_enabled() -> bool:
    """Whether GazeCam starts when this user logs in."""
    return login_entry().enabled()


def enable() -> None:
    """Start this GazeCam when its user logs in, without opening its window.

    Raises:
        AutostartError: the entry cannot be written.

    """
    try:
        login_entry().enable([*launch_command(), *ARGUMENTS])
    except OSError as error:
        raise AutostartError(f"GazeCam cannot be started at login: {_told(error)}") from error


def disable() -> None:
    """Start nothing when this user logs in.

    Raises:
        AutostartError: the entry cannot be removed.

    """
    try:
        login_entry().disable()
    except OSError as error:
        raise AutostartError(f"GazeCam still starts at login: {_told(error)}") from error


def login_entry() -> LoginEntry:
    """The one of this system."""
    if sys.platform == "win32":
        return RunKey(WindowsRegistry())
    if sys.platform == "darwin":
        return LaunchAgent(Path.home() / "Library/LaunchAgents")
    return XdgAutostart(user_config_path() / "autostart")


class XdgAutostart:
    """Linux and BSD: a desktop entry in the autostart folder (freedesktop's Autostart Specification)."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "gazecam.desktop"

    def enabled(self) -> bool:
        """False too where a desktop's own settings have switched the entry off."""
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read_string(self._path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, configparser.Error):
            return False
        entry = "Desktop Entry"
        hidden = parser.get(entry, "Hidden", fallback="false")
        switched = parser.get(entry, "X-GNOME-Autostart-enabled", fallback="true")
        return parser.has_section(entry) and hidden.lower() != "true" and switched.lower() != "false"

    def enable(self, command: Sequence[str]) -> None:
        """Write the entry."""
        keys = {
            "Type": "Application",
            "Name": "GazeCam",
            "Comment": "Eye contact for your webcam",
            "Exec": exec_line(command),
            "Icon": "gazecam",
            "Terminal": "false",
            "X-GNOME-Autostart-enabled": "true",
        }
        _write(self._path, entry_text({"Desktop Entry": keys}).encode())

    def disable(self) -> None:
        """Remove the entry."""
        self._path.unlink(missing_ok=True)


class LaunchAgent:
    """macOS: a property list for launchd (launchd.plist(5))."""

    LABEL = "gazecam"

    def __init__(self, folder: Path) -> None:
        self._path = folder / f"{self.LABEL}.plist"

    def enabled(self) -> bool:
        """Whether there is one that launchd can read."""
        try:
            return plistlib.loads(self._path.read_bytes()).get("Label") == self.LABEL
        except (OSError, ValueError, AttributeError):
            return False

    def enable(self, command: Sequence[str]) -> None:
        """Write the list; launchd reads it at the next login."""
        job = {
            "Label": self.LABEL,
            "ProgramArguments": list(command),
            "RunAtLoad": True,
            "ProcessType": "Interactive",
            "LimitLoadToSessionType": "Aqua",
        }
        _write(self._path, plistlib.dumps(job))

    def disable(self) -> None:
        """Remove the list."""
        self._path.unlink(missing_ok=True)


class Registry(Protocol):
    """The texts in one key of the registry."""

    def get(self, key: str, name: str) -> str | None:
        """The text, or None."""
        ...

    def put(self, key: str, name: str, text: str) -> None:
        """Set it, and make the key if it is missing. Raises ``OSError``."""
        ...

    def remove(self, key: str, name: str) -> None:
        """Fine where there is none. Raises ``OSError``."""
        ...


class RunKey:
    """Windows: a value in the user's Run key."""

    KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
    NAME = "GazeCam"

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def enabled(self) -> bool:
        """Whether there is one."""
        return self._registry.get(self.KEY, self.NAME) is not None

    def enable(self, command: Sequence[str]) -> None:
        """Write the value: a command line, quoted as Windows programs read it."""
        self._registry.put(self.KEY, self.NAME, subprocess.list2cmdline(command))

    def disable(self) -> None:
        """Remove the value."""
        self._registry.remove(self.KEY, self.NAME)


class WindowsRegistry:
    """This user's part of the registry."""

    def get(self, key: str, name: str) -> str | None:
        """The text, or None."""
        if sys.platform != "win32":
            raise _not_windows()
        import winreg

        try:
            with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                return str(winreg.QueryValueEx(opened, name)[0])
        except FileNotFoundError:
            return None

    def put(self, key: str, name: str, text: str) -> None:
        """Set it, and make the key if it is missing."""
        if sys.platform != "win32":
            raise _not_windows()
        import winreg

        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, key) as opened:
            winreg.SetValueEx(opened, name, 0, winreg.REG_SZ, text)

    def remove(self, key: str, name: str) -> None:
        """Fine where there is none."""
        if sys.platform != "win32":
            raise _not_windows()
        import winreg

        with (
            suppress(FileNotFoundError),
            winreg.OpenKey(winreg.HKEY_CURRENT_USER, key, 0, winreg.KEY_SET_VALUE) as opened,
        ):
            winreg.DeleteValue(opened, name)


def _not_windows() -> OSError:
    return OSError(f"there is no registry on {sys.platform}")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        part.write_bytes(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _told(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}; make that place writable and try again"
