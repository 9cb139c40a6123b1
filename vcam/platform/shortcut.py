"""GazeCam in the applications menu of a Linux desktop: ``gazecam.desktop`` and its icons, for this user."""

import os
import sys
from importlib.resources import files
from pathlib import Path

from platformdirs import user_data_path

from vcam.errors import VcamError
from vcam.platform.desktop_entry import entry_text, exec_line
from vcam.platform.launch import launch_command

_ENTRY = Path("applications/gazecam.desktop")
_ICONS = {
    "app.svg": Path("icons/hicolor/scalable/apps/gazecam.svg"),
    "symbolic.svg": Path("icons/hicolor/symbolic/apps/gazecam-symbolic.svg"),
}
# what docks and menus offer beside the start, and what each asks of the running program
_ACTIONS = {"toggle": "Eye contact on or off", "preview": "Show the window", "quit": "Quit GazeCam"}


class ShortcutError(VcamError):
    """The entry in the applications menu could not be written or removed."""


def is_wanted() -> bool:
    """Whether this system has such menus."""
    return sys.platform not in {"win32", "darwin"}


def is_current(folder: Path | None = None) -> bool:
    """Whether the menu has GazeCam, and would start the one that runs now."""
    try:
        return all(
            path.read_bytes() == content for path, content in _contents(folder or user_data_path()).items()
        )
    except OSError:
        return False


def install(folder: Path | None = None) -> None:
    """Add GazeCam to the menu, or renew its entry; needs no root.

    ``folder``: another data folder than the user's own, for packages and tests.

    Raises:
        ShortcutError: something cannot be written.

    """
    place = folder or user_data_path()
    try:
        for path, content in _contents(place).items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        os.utime(place / "icons/hicolor")  # by its time desktops see that there is a new icon
    except OSError as error:
        raise ShortcutError(f"GazeCam could not be added to the menu: {error}") from error


def remove(folder: Path | None = None) -> None:
    """Take GazeCam out of the menu; fine where it is not there.

    Raises:
        ShortcutError: something cannot be removed.

    """
    place = folder or user_data_path()
    try:
        for path in (_ENTRY, *_ICONS.values()):
            (place / path).unlink(missing_ok=True)
    except OSError as error:
        raise ShortcutError(f"GazeCam could not be taken out of the menu: {error}") from error


def _contents(place: Path) -> dict[Path, bytes]:
    icons = files("vcam") / "desktop" / "icons"
    return {place / _ENTRY: _entry().encode()} | {
        place / path: (icons / name).read_bytes() for name, path in _ICONS.items()
    }


def _entry() -> str:
    command = launch_command()
    main = {
        "Type": "Application",
        "Version": "1.4",
        "Name": "GazeCam",
        "GenericName": "Virtual webcam",
        "Comment": "A webcam whose eyes meet the lens",
        "Exec": exec_line(command),
        "Icon": "gazecam",
        "Terminal": "false",
        "Categories": "AudioVideo;Video;",
        "Keywords": "webcam;camera;eye contact;gaze;video call;",
        "StartupWMClass": "gazecam",
        "Actions": "".join(f"{name};" for name in _ACTIONS),
    }
    actions = {
        f"Desktop Action {name}": {"Name": text, "Exec": exec_line([*command, name])}
        for name, text in _ACTIONS.items()
    }
    return entry_text({"Desktop Entry": main, **actions})
