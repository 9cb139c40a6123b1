"""Facts for plans, with the uninteresting ones filled in."""

from dataclasses import replace
from typing import Any

from vcam.platform.linux import Abilities, VideoNode
from vcam.platform.loopback import LoopbackModule
from vcam.platform.setup.linux import LinuxFacts, own_files
from vcam.platform.setup.machine import LinuxMachine

NAME = "GazeCam"
MACHINE = LinuxMachine("6.1.0-56-amd64", "debian", "Debian GNU/Linux 12 (bookworm)", headers=True)
LOADED = LoopbackModule(loaded=True, version="0.13.2", installed=True, kernel_loads_modules=True)
INSTALLED = replace(LOADED, loaded=False, version=None)
ABSENT = replace(INSTALLED, installed=False)


def node(number: int, name: str = NAME, *, captures: bool = False, outputs: bool = True) -> VideoNode:
    return VideoNode(f"/dev/video{number}", name, Abilities("v4l2 loopback", captures, outputs))


def facts(*nodes: VideoNode, machine: dict[str, Any] | None = None, **changes: Any) -> LinuxFacts:
    """Debian with the module loaded; ``machine`` and ``changes`` say what is otherwise."""
    base = LinuxFacts(replace(MACHINE, **(machine or {})), LOADED, nodes, user="ann")
    return replace(base, **changes)


def kept_for_good(given: LinuxFacts) -> LinuxFacts:
    """With our files as they should be."""
    return replace(given, files=own_files(given, NAME))
