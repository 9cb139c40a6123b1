"""One GazeCam per user: the real program, sending to a real PipeWire, and a second one that talks to it."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.e2e import program
from tests.e2e.pipewire.session import PACKAGES, Session, missing

LIVE = ("--source", "demo", "--sink", "pipewire", "--no-tray")
STARTS_WITHIN_S = 60.0


def _obstacle() -> str | None:
    return missing(PACKAGES) if sys.platform == "linux" else f"PipeWire is Linux's, this is {sys.platform}"


pytestmark = pytest.mark.skipif(_obstacle() is not None, reason=str(_obstacle()))


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with Session() as session:
        yield session


def gazecam(session: Session, *words: str) -> subprocess.CompletedProcess[str]:
    """The program run to its end in that session."""
    return subprocess.run(
        program.command(*words),
        env=session.environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def started(session: Session) -> subprocess.Popen[bytes]:
    """Live mode once PipeWire shows its camera; it answers commands then."""
    process = session.start(*program.command(*LIVE))
    until = time.monotonic() + STARTS_WITHIN_S
    while not session.cameras():
        assert process.poll() is None, session.log("python")
        assert time.monotonic() < until, "no camera has appeared"
        time.sleep(0.1)
    return process


@pytest.fixture(scope="module")
def first(session: Session) -> Iterator[subprocess.Popen[bytes]]:
    process = started(session)
    yield process
    process.kill()
    process.wait()


@pytest.mark.usefixtures("first")
def test_commands_switch_the_running_program(session):
    told = [gazecam(session, command).stdout for command in ("off", "toggle", "toggle", "on")]
    assert told == [f"Eye contact is {state}.\n" for state in ("off", "on", "off", "on")]
    assert gazecam(session, "status").returncode == 0


@pytest.mark.usefixtures("first")
def test_a_second_start_leaves_the_first_one_alone_and_says_so(session):
    second = gazecam(session, *LIVE)
    assert second.returncode == 0
    assert second.stdout.startswith("GazeCam is running already.")
    assert len(session.cameras()) == 1
    assert gazecam(session, "status").returncode == 0


def test_after_a_kill_the_next_start_takes_over(session, first):
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert gazecam(session, "status").stderr == "gazecam: GazeCam is not running; start it with: gazecam\n"
    until = time.monotonic() + STARTS_WITHIN_S
    while session.cameras():
        assert time.monotonic() < until, "the camera of a killed program is still there"
    third = started(session)
    assert gazecam(session, "on").stdout == "Eye contact is on.\n"
    assert gazecam(session, "quit").stdout == "GazeCam is closing.\n"
    assert third.wait(20) == 0
    log = session.folder / "state/gazecam/log/gazecam.log"
    assert log.stat().st_mode & 0o777 == 0o600
    assert "INFO vcam.model" in log.read_text()
