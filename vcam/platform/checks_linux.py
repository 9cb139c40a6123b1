"""What ``doctor`` judges of Linux: the kernel module, Secure Boot, PipeWire."""

from collections.abc import Sequence

from vcam.platform.checks import Check
from vcam.platform.linux import VideoNode
from vcam.platform.loopback import OLDEST, SET_UP, LoopbackModule, version_number
from vcam.platform.pipewire_state import PipeWireState
from vcam.platform.setup.install import trust_advice
from vcam.platform.setup.machine import LinuxMachine
from vcam.platform.setup.plan import Plan

_MANAGER = "systemctl --user enable --now wireplumber"
LOOK_AGAIN = "systemctl --user restart wireplumber, while GazeCam runs"
"""It looks at a camera once; a virtual one that nobody sends to yet is none to it."""


def check_loopback(
    module: LoopbackModule, nodes: Sequence[VideoNode], name: str, source_version: str | None = None
) -> Check:
    """What is odd about a v4l2loopback that works: flags that hide it from browsers, an old version.

    ``source_version``: what an old module, which does not state its version, was compiled from.
    """
    both = [node for node in nodes if node.name == name and node.loopback and node.captures and node.outputs]
    if both:
        message = (
            f"{both[0].path} ({name}) announces capture and output at once, so browsers do not list it:"
            " it was made without exclusive_caps=1, or a program still reads from it"
        )
        return Check("v4l2loopback", "warn", message, SET_UP)
    version = module.version or source_version or "0.12 or older"
    if version[0].isdigit() and version_number(version) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        message = f"version {version}; GazeCam was tried on {oldest} and newer"
        return Check("v4l2loopback", "warn", message, "update v4l2loopback with your system's packages")
    if module.restart_bug:
        message = f"version {version} cannot restart a camera by itself; GazeCam works around that"
        return Check("v4l2loopback", "ok", message)
    return Check("v4l2loopback", "ok", f"version {version}")


def check_next_start(plan: Plan) -> Check | None:
    """Whether a device that is there now is there after a restart; ``plan``: what setting up would do."""
    if "after a restart of the computer" not in plan.message:
        return None
    fix = "" if plan.state == "done" else SET_UP
    return Check("next start", "ok" if plan.state == "done" else "warn", plan.message, fix)


def check_secure_boot(machine: LinuxMachine, module: LoopbackModule) -> Check:
    """Whether the firmware keeps the kernel from loading a module that was compiled here."""
    if not machine.secure_boot:
        off = "is off" if machine.secure_boot is False else "is not in use: the firmware does not speak of it"
        return Check("secure boot", "ok", f"Secure Boot {off}")
    if module.loaded:
        return Check("secure boot", "ok", "Secure Boot is on, and v4l2loopback is trusted")
    if machine.key_trusted is False:
        return Check("secure boot", "warn", "Secure Boot is on and stops v4l2loopback", trust_advice(machine))
    return Check("secure boot", "ok", "Secure Boot is on; whether it lets v4l2loopback in shows at loading")


def check_pipewire(state: PipeWireState, name: str, *, sending: bool, needed: bool = False) -> Check:
    """``sending``: GazeCam's device delivers now; ``needed``: frames go to PipeWire itself."""
    if not state.running and needed:
        fix = "systemctl --user enable --now pipewire wireplumber"
        return Check("pipewire", "fail", "PipeWire does not run, and --sink pipewire needs it", fix)
    if not state.running:
        return Check("pipewire", "ok", "PipeWire does not run; programs open cameras themselves")
    if not state.managed:
        message = "PipeWire runs without a session manager, so it lists no cameras"
        return Check("pipewire", "warn", message, _MANAGER)
    if state.cameras is None:
        message = "PipeWire and its session manager run; pw-dump, which tells its cameras, is not installed"
        return Check("pipewire", "ok", message)
    listed = ", ".join(state.cameras) or "none"
    if sending and name not in state.cameras:
        message = f"PipeWire does not list {name} (it lists: {listed}), nor do programs that ask it"
        return Check("pipewire", "warn", message, LOOK_AGAIN)
    return Check("pipewire", "ok", f"PipeWire runs; its cameras: {listed}")
