"""The virtual camera of Linux: the v4l2loopback device whose label is ours, and why it may be unusable."""

import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vcam.platform.linux import VideoNode
from vcam.platform.virtual_device import Problem, VirtualDevice

OLDEST = (0, 12)
"""The oldest version that GazeCam was tried on."""
RESTART_BUG_MENDED = (0, 13)
SET_UP = "gazecam setup-device"
_JOIN_GROUP = "sudo usermod -aG video $USER, then log out and in again"


@dataclass(frozen=True, slots=True)
class LoopbackModule:
    """What this kernel knows of v4l2loopback."""

    loaded: bool
    version: str | None
    installed: bool
    """A module file for the running kernel is there."""
    kernel_loads_modules: bool

    @property
    def restart_bug(self) -> bool:
        """Loaded in a version that cannot be started twice by programs that only write to it."""
        if self.version is None:  # 0.12 and older do not state theirs
            return self.loaded
        return version_number(self.version) < RESTART_BUG_MENDED


def version_number(version: str) -> tuple[int, ...]:
    """Its first two parts, to compare by."""
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


def read_module(root: Path = Path("/"), release: str | None = None) -> LoopbackModule:
    """Look it up below ``root`` for the running kernel (or ``release``)."""
    module = root / "sys/module/v4l2loopback"
    version = module / "version"
    files = root / "lib/modules" / (release or platform.release())
    return LoopbackModule(
        loaded=module.is_dir(),
        version=version.read_text().strip() if version.is_file() else None,
        installed=next(files.rglob("v4l2loopback.ko*"), None) is not None,
        kernel_loads_modules=(root / "proc/modules").exists(),
    )


def locate(nodes: Sequence[VideoNode], module: LoopbackModule, name: str) -> VirtualDevice | Problem:
    """The loopback labelled ``name``, never another one: that may be somebody else's camera."""
    ours = [node for node in nodes if node.name == name and (node.loopback or node.problem)]
    for node in ours:
        if node.outputs:
            return VirtualDevice(name, node.path, "v4l2loopback")
    if ours:
        return _unusable(ours[0])
    return _missing(nodes, module, name)


def _unusable(node: VideoNode) -> Problem:
    if node.problem is not None:
        fix = _JOIN_GROUP if isinstance(node.problem, PermissionError) else SET_UP
        return Problem(f"{node.path} ({node.name}) cannot be opened: {node.problem.strerror}", fix)
    if node.captures:
        return Problem(
            f"{node.path} ({node.name}) takes no frames: another program is sending to it",
            f"end that program; sudo fuser -v {node.path} names it",
        )
    return Problem(
        f"{node.path} ({node.name}) is stuck: it announces neither capture nor output, which"
        " v4l2loopback 0.12 does after a program that only wrote to it has ended",
        f"close every program that uses a virtual camera, then {SET_UP}",
    )


def _missing(nodes: Sequence[VideoNode], module: LoopbackModule, name: str) -> Problem:
    if module.loaded:
        others = ", ".join(f"{node.path} {node.name!r}" for node in nodes if node.loopback) or "none"
        return Problem(
            f"v4l2loopback is loaded, but none of its cameras is labelled {name} (there is: {others})",
            SET_UP,
        )
    if module.installed:
        return Problem("v4l2loopback is installed, but not loaded", SET_UP)
    if module.kernel_loads_modules:
        return Problem(f"v4l2loopback is not installed for kernel {platform.release()}", SET_UP)
    return Problem(
        f"kernel {platform.release()} loads no modules, so it can have no virtual camera",
        "run GazeCam on a system whose kernel loads v4l2loopback, or send to --sink preview or a file",
    )
