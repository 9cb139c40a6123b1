"""The guest for test modules: where it can be made, the kernel it boots, and what a job found."""

import json
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from tests.e2e.vm import machine

CACHE = Path(os.environ.get("GAZECAM_VM_CACHE") or platformdirs.user_cache_path("gazecam-vm"))


def _obstacle() -> str | None:
    if os.environ.get("GAZECAM_VM") == "0":
        return "GAZECAM_VM=0"
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return f"the guest runs the host's programs, which takes x86-64 Linux, not {platform.platform()}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "the machine is made from Debian packages, which takes root and apt-get"
    return None


MARKS = [
    pytest.mark.skipif(_obstacle() is not None, reason=str(_obstacle())),
    pytest.mark.timeout(900),
]
"""For ``pytestmark``: a module's tests skip, with the reason, where there can be no guest."""


def prepare() -> machine.Kernel:
    """The kernel, or a skipped test that says why there is none."""
    try:
        return machine.prepare(CACHE)
    except machine.CannotPrepare as reason:
        pytest.skip(f"the machine cannot be made: {reason}")


def install_browser() -> None:
    """The browser, or a skipped test."""
    try:
        machine.install("chromium-headless-shell")
    except machine.CannotPrepare as reason:
        pytest.skip(f"there is no browser: {reason}")


def facts_of(guest: machine.GuestRun) -> dict[str, Any]:
    """What the job's steps found."""
    assert guest.status == 0, guest.output
    return json.loads((guest.out / "facts.json").read_text())


def found(facts: dict[str, Any], step: str) -> Any:
    """What one step found; the step's own traceback where it failed."""
    assert "value" in facts[step], facts[step]["error"]
    return facts[step]["value"]
