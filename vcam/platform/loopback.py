"""The virtual camera of Linux: the v4l2loopback device whose label is ours, and why it may be unusable."""

import platform
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vcam.platform.linux import VideoNode
from vcam.platform.virtual_device import Problem, VirtualDevice

RESTART_BUG_MENDED = (0, 13)
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
        return tuple(int(part) for part in re.findall(r"\d+", self.version)[:2]) < RESTART_BUG_MENDED


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
        return _unusable(ours[0], nodes)
    return _missing(nodes, module, name)


def load_command(name: str, others: Sequence[str] = ()) -> str:
    """The command that makes the device, and again the loopbacks in ``others`` that a reload removes."""
    labels = [name, *others]
    command = "sudo modprobe v4l2loopback "
    command += f"devices={len(labels)} " if others else ""
    command += f"card_label={shlex.quote(','.join(labels))} exclusive_caps={','.join('1' for _ in labels)}"
    return f"sudo modprobe -r v4l2loopback && {command}" if others else command


def reload_command(nodes: Sequence[VideoNode], name: str) -> str:
    """The command that makes all loopbacks anew, ``name`` among them."""
    others = [node.name for node in nodes if node.loopback and node.name != name]
    return load_command(name, others) if others else f"sudo modprobe -r v4l2loopback && {load_command(name)}"


def _unusable(node: VideoNode, nodes: Sequence[VideoNode]) -> Problem:
    if node.problem is not None:
        fix = _JOIN_GROUP if isinstance(node.problem, PermissionError) else reload_command(nodes, node.name)
        return Problem(f"{node.path} ({node.name}) cannot be opened: {node.problem.strerror}", fix)
    if node.captures:
        return Problem(
            f"{node.path} ({node.name}) takes no frames: another program is sending to it",
            f"end that program; sudo fuser -v {node.path} names it",
        )
    return Problem(
        f"{node.path} ({node.name}) is stuck: it announces neither capture nor output, which"
        " v4l2loopback 0.12 does after a program that only wrote to it has ended",
        "close every program that uses a virtual camera, then " + reload_command(nodes, node.name),
    )


def _missing(nodes: Sequence[VideoNode], module: LoopbackModule, name: str) -> Problem:
    if module.loaded:
        others = ", ".join(f"{node.path} {node.name!r}" for node in nodes if node.loopback) or "none"
        return Problem(
            f"v4l2loopback is loaded, but none of its cameras is labelled {name} (there is: {others})",
            reload_command(nodes, name),
        )
    if module.installed:
        return Problem("v4l2loopback is installed, but not loaded", load_command(name))
    if module.kernel_loads_modules:
        return Problem(
            f"v4l2loopback is not installed for kernel {platform.release()}",
            f"install it (Debian, Ubuntu: sudo apt install v4l2loopback-dkms), then {load_command(name)}",
        )
    return Problem(
        f"kernel {platform.release()} loads no modules, so it can have no virtual camera",
        "run GazeCam on a system whose kernel loads v4l2loopback, or send to --sink preview or a file",
    )
