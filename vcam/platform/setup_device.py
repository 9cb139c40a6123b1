"""``setup-device``: shows what making the virtual camera takes, asks, does it and looks whether it worked."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from vcam.platform import linux
from vcam.platform.cameras import OWN_NAME
from vcam.platform.setup.plan import Plan, Step
from vcam.platform.setup.rights import announce, available_rights, carry_out
from vcam.platform.virtual_camera import locate_virtual_camera
from vcam.platform.virtual_device import VirtualDevice

# The kernel, udev and a freshly loaded module take a moment to agree.
APPEARS_WITHIN_S = 5.0
_LOOK_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Talk:
    """How the person is told and asked."""

    say: Callable[[str], None]
    allow: Callable[[str], bool] | None
    """Asks the question, True for yes; None: there is nobody to ask."""


def set_up(talk: Talk, *, yes: bool = False, remove: bool = False, name: str = OWN_NAME) -> bool:
    """Make (or ``remove``) the virtual camera called ``name``; whether all is as wanted at the end.

    Nothing is run before it was shown and allowed: by the answer of ``talk.allow``, or by ``yes``.
    """
    plan = make_plan(name, remove=remove)
    talk.say(f"{_capital(plan.message)}.")
    if plan.state == "blocked":
        talk.say(f"To do: {plan.fix}")
    if plan.state != "to do":
        return plan.state == "done"
    rights = available_rights()
    talk.say(announce(plan, rights))
    if rights == "none":
        return False
    if not yes and not (talk.allow is not None and talk.allow("Do this now?")):
        talk.say("Nothing was changed. To go ahead without a question, add --yes.")
        return False
    if failure := carry_out(plan, rights, _why_failed):
        talk.say(failure)
        return False
    return _report_removal(talk, name) if remove else _report(talk, plan, name)


def make_plan(name: str = OWN_NAME, *, remove: bool = False) -> Plan:
    """What would be done on this machine; reads only."""
    if sys.platform == "linux":
        from vcam.platform.setup import linux as on_linux
        from vcam.platform.setup.facts import read_facts

        facts = read_facts()
        return on_linux.plan_removal(facts, name) if remove else on_linux.plan_setup(facts, name)
    if sys.platform == "win32":
        from vcam.platform.setup import windows as on_windows

        filters = on_windows.read_filters()
        return on_windows.plan_removal(filters, name) if remove else on_windows.plan_setup(filters, name)
    from vcam.platform.setup import macos as on_macos

    return on_macos.plan_removal() if remove else on_macos.plan_setup(locate_virtual_camera(name))


def _why_failed(step: Step, said: str) -> str:
    if sys.platform == "linux":
        from vcam.platform.setup.facts import read_facts
        from vcam.platform.setup.linux import why_failed

        return why_failed(step, said, read_facts())
    return said.strip() or "it gave no reason"


def _report(talk: Talk, plan: Plan, name: str) -> bool:
    _wait_for(lambda: isinstance(locate_virtual_camera(name), VirtualDevice))
    found = locate_virtual_camera(name)
    if isinstance(found, VirtualDevice):
        talk.say(f"Done: {found.name} is there ({found.device}).")
        return True
    talk.say(f"To do: {plan.fix}" if plan.fix else f"{_capital(found.message)}. To do: {found.fix}")
    return False


def _report_removal(talk: Talk, name: str) -> bool:
    gone = _wait_for(lambda: not _present(name))
    talk.say(f"{name} is removed." if gone else f"{name} is still there; close the programs that use it.")
    return gone


def _present(name: str) -> bool:
    if sys.platform == "linux":
        return any(node.name == name and (node.loopback or node.problem) for node in linux.video_nodes())
    return locate_virtual_camera(name) == VirtualDevice(name, name, "unitycapture")


def _wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + APPEARS_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_EVERY_S)
    return True


def _capital(text: str) -> str:
    # a module's and a file's names keep their own first letter
    return text if text.startswith(("v4l2", "/")) else text[:1].upper() + text[1:]
