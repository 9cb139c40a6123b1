"""Why there is no PipeWire camera, and what to do about it: one sentence for each cause."""

import shutil
from typing import Any

from vcam.errors import SinkUnavailable
from vcam.sinks import pipewire_library as pw

_PACKAGES = (
    "Debian, Ubuntu: sudo apt install pipewire wireplumber; Fedora: sudo dnf install pipewire wireplumber;"
    " Arch: sudo pacman -S pipewire wireplumber"
)
_OTHERWISE = "or start with --sink virtual"


def load_library() -> Any:
    """The library.

    Raises:
        SinkUnavailable: it is not installed, or too old.

    """
    try:
        return pw.load()
    except OSError as error:
        raise SinkUnavailable(
            f"PipeWire camera: {pw.NAME} does not load ({error}). To fix it: {_PACKAGES}; {_OTHERWISE}"
        ) from error
    except AttributeError as error:
        raise SinkUnavailable(
            f"PipeWire camera: this PipeWire is too old ({error}); upgrade the system, {_OTHERWISE}"
        ) from error


def not_running(reason: str) -> str:
    """The daemon does not answer, for a ``reason`` of the system."""
    if shutil.which("pipewire") is None:
        return f"PipeWire camera: its daemon is not installed. To fix it: {_PACKAGES}; {_OTHERWISE}"
    return (
        f"PipeWire camera: its daemon does not run for this user ({reason}); it belongs to the user of the"
        f" desktop, not to root. To fix it: systemctl --user enable --now pipewire wireplumber, {_OTHERWISE}"
    )


def refused(reason: str) -> str:
    """The daemon answers, and does not take the camera."""
    return (
        f"PipeWire camera: the daemon does not take it ({reason});"
        f" try systemctl --user restart pipewire wireplumber, {_OTHERWISE}"
    )


def no_manager() -> str:
    """The daemon runs alone: nobody would link readers to the camera."""
    message = "PipeWire camera: no session manager runs, so no program would ever get a picture. To fix it: "
    if shutil.which("wireplumber") is None:
        return f"{message}{_PACKAGES}, then log out and in again"
    return f"{message}systemctl --user enable --now wireplumber"


def unconfigured() -> str:
    """The library finds no ``client.conf``, which the packages bring."""
    return f"PipeWire camera: its library finds no configuration. To fix it: {_PACKAGES}; {_OTHERWISE}"
