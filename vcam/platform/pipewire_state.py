"""What PipeWire, through which sandboxed programs see cameras, has to say of ours."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from vcam.platform import linux

_MANAGERS = ("wireplumber", "pipewire-media-")  # names of processes end after 15 letters
_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class PipeWireState:
    """What runs, and which cameras it lists."""

    running: bool
    managed: bool = False
    """A session manager, which is what finds cameras, runs too."""
    cameras: tuple[str, ...] | None = None
    """Names of the cameras that it offers; None: cannot be told."""


def read_pipewire(environment: Mapping[str, str] = os.environ, proc: Path = linux.PROC) -> PipeWireState:
    """Look for the socket, the processes and, with PipeWire's own tool, for its cameras."""
    folder = environment.get("PIPEWIRE_RUNTIME_DIR") or environment.get("XDG_RUNTIME_DIR")
    if not folder or not (Path(folder) / "pipewire-0").exists():
        return PipeWireState(running=False)
    names = {_name(entry) for entry in proc.iterdir() if entry.name.isdigit()}
    return PipeWireState(True, any(name in _MANAGERS for name in names), _cameras(environment))


def parse_cameras(dump: str) -> tuple[str, ...]:
    """Names of the video sources in what ``pw-dump`` prints.

    Raises:
        ValueError: it is not what ``pw-dump`` prints.

    """
    found = json.loads(dump)
    if not isinstance(found, list):
        raise ValueError("expected a list of objects")
    cameras: list[str] = []
    for entry in cast(list[Any], found):
        info = entry.get("info") if isinstance(entry, dict) else None
        properties = cast(dict[str, Any], (info or {}).get("props") or {})
        if properties.get("media.class") == "Video/Source":
            names = ("api.v4l2.cap.card", "node.description", "node.nick", "node.name")
            cameras.append(str(next((properties[name] for name in names if properties.get(name)), "?")))
    return tuple(cameras)


def _cameras(environment: Mapping[str, str]) -> tuple[str, ...] | None:
    if shutil.which("pw-dump") is None:
        return None
    try:
        done = subprocess.run(
            ["pw-dump"], capture_output=True, text=True, timeout=_WITHIN_S, env=dict(environment), check=True
        )
        return parse_cameras(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""
