"""The real program and a real reader: the source is open while somebody reads, and at rest otherwise."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from tests.e2e import program
from tests.e2e.pipewire.reader import Reader
from tests.e2e.pipewire.session import PACKAGES, Session, missing
from vcam.sender import placeholder
from vcam.types import Image

SIZE = 1280, 720
PATIENCE_S = 60.0
AT_REST_S = 5.0
IDLE_SHARE = 0.1
"""Of one core; 0.0005 measured at rest, 0.5 and more with a reader."""
WAITING = "Ready, eye contact on."


def _obstacle() -> str | None:
    if sys.platform != "linux":
        return f"PipeWire is Linux's, this is {sys.platform}"
    if lacking := missing(PACKAGES):
        return lacking
    plugin = subprocess.run(["gst-inspect-1.0", "pipewiresrc"], capture_output=True, check=False)
    return None if plugin.returncode == 0 else "needs the package gstreamer1.0-pipewire"


pytestmark = pytest.mark.skipif(_obstacle() is not None, reason=str(_obstacle()))


@dataclass
class Running:
    """GazeCam without a window, playing the demo to the PipeWire camera."""

    session: Session
    process: subprocess.Popen[bytes]

    def ask(self, command: str) -> str:
        done = subprocess.run(
            program.command(command), cwd=program.ROOT, env=self.session.environment, capture_output=True,
            text=True, check=False, timeout=PATIENCE_S,
        )  # fmt: skip
        return (done.stdout or done.stderr).strip()

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not holds():
            assert time.monotonic() < deadline, f"never: {what}; {self.ask('status')}"
            assert self.process.poll() is None, "GazeCam has ended"
            time.sleep(0.1)

    @property
    def cpu_s(self) -> float:
        """What the program has used so far."""
        with open(f"/proc/{self.process.pid}/stat") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Session() as session:
        words = program.command("run", "--source", "demo", "--sink", "pipewire", "--no-tray")
        running = Running(session, session.start(*words))
        running.until(lambda: running.ask("status").startswith(WAITING), "it waits for a reader")
        yield running


def is_demo(picture: Image) -> bool:
    return float(np.abs(picture.astype(int) - placeholder(*SIZE)).mean()) > 20


def demo_seen(running: Running) -> Image:
    """A picture of the demo, as a program gets it that begins to read."""
    with Reader(running.session, SIZE) as reader:
        deadline = time.monotonic() + PATIENCE_S
        while not is_demo(picture := reader.read()):
            assert time.monotonic() < deadline
        return picture


def test_without_a_reader_it_uses_next_to_no_processor_time(running):
    before = running.cpu_s
    time.sleep(AT_REST_S)  # what is measured is what happens in this time
    assert running.cpu_s - before < IDLE_SHARE * AT_REST_S
    assert running.ask("status").startswith(WAITING)


def test_a_reader_wakes_it_and_it_rests_again_when_the_reader_has_gone(running):
    for _ in range(2):
        assert is_demo(demo_seen(running))
        running.until(lambda: running.ask("status").startswith(WAITING), "it rests again")


def test_a_toggle_from_the_command_line_changes_what_the_reader_sees(running):
    assert running.ask("off") == "Eye contact is off."
    with Reader(running.session, SIZE) as reader:
        while not is_demo(reader.read()):
            pass
        assert running.ask("status").startswith("Eye contact is off")
        assert running.ask("toggle") == "Eye contact is on."
        running.until(
            lambda: reader.read() is not None and running.ask("status").startswith("Eye contact is on"), "on"
        )


def test_quit_from_the_command_line_ends_it_well(running):
    assert running.ask("quit") == "GazeCam is closing."
    assert running.process.wait(PATIENCE_S) == 0
    assert "not running" in running.ask("status")
