"""Runs the steps of a plan with the administrator's rights, which the person gives, not we."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias

from vcam.platform.setup.plan import Plan, Step

Rights: TypeAlias = Literal["ours", "sudo", "pkexec", "uac", "none"]

ADMIN_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"
"""Where the administrator's commands are, which some users' PATH leaves out."""


def available_rights(
    environment: Mapping[str, str] = os.environ,
    which: Callable[[str], str | None] = shutil.which,
    *,
    root: bool | None = None,
    terminal: bool | None = None,
) -> Rights:
    """How a command gets the administrator's rights here; ``sudo`` first where it can ask for a password."""
    if sys.platform == "win32":
        return "uac"
    if os.geteuid() == 0 if root is None else root:
        return "ours"
    terminal = sys.stdin.isatty() if terminal is None else terminal
    display = bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    if which("sudo") and (terminal or not (display and which("pkexec"))):
        return "sudo"
    return "pkexec" if which("pkexec") else "none"


def announce(plan: Plan, rights: Rights) -> str:
    """What will be run, word for word, before anything is."""
    prefix = "sudo" if rights == "sudo" else ""
    lines = "\n".join(f"  {step.shown(prefix)}" for step in plan.steps)
    match rights:
        case "none":
            return f"Neither sudo nor pkexec is here. Log in as the administrator (su -) and run:\n{lines}"
        case "pkexec":
            return f"This will be run as the administrator, through pkexec:\n{lines}"
        case "uac":
            return f"This will be run as the administrator; Windows asks for it:\n{lines}"
        case _:
            return f"This will be run as the administrator:\n{lines}"


def carry_out(plan: Plan, rights: Rights, why_failed: Callable[[Step, str], str]) -> str:
    """Run the plan's steps in order up to the first that fails; what went wrong, or an empty text.

    ``why_failed`` turns a step and what it wrote to its error output into a sentence for the person.
    """
    if rights == "pkexec":  # it asks for the password at every call: one call for all
        script = "\n".join(step.shown() for step in plan.steps)
        whole = Step(("pkexec", "/bin/sh", "-ec", script))
        return _run(whole, plan.steps[-1], why_failed)
    for step in plan.steps:
        if failure := _run(_with_rights(step, rights), step, why_failed):
            return failure
    return ""


def _with_rights(step: Step, rights: Rights) -> Step:
    match rights:
        case "sudo":
            return Step(("sudo", *step.command), step.text, step.talks)
        case "uac":
            words = ",".join(f"'{word}'" for word in step.command[1:])
            start = f"Start-Process -Verb RunAs -Wait -FilePath '{step.command[0]}' -ArgumentList {words}"
            return Step(("powershell", "-NoProfile", "-Command", start))
        case _:
            return step


def _run(full: Step, step: Step, why_failed: Callable[[Step, str], str]) -> str:
    environment = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}{os.pathsep}{ADMIN_FOLDERS}"}
    try:
        done = subprocess.run(
            full.command,
            env=environment,
            input=full.text or None,
            stdout=None if full.talks else subprocess.DEVNULL,
            stderr=None if full.talks else subprocess.PIPE,
            text=True,
            check=False,
        )
    except OSError as error:
        return f"{step.shown()} does not start: {error.strerror}"
    if done.returncode == 0:
        return ""
    return f"{step.shown()} failed: {why_failed(step, done.stderr or '')}"
