import subprocess
import sys
from pathlib import Path

import pytest

from vcam.platform.setup.plan import Plan, Step, write_file
from vcam.platform.setup.rights import announce, available_rights, carry_out

unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows asks by itself, in one way only")


def having(*programs: str):
    return lambda name: f"/usr/bin/{name}" if name in programs else None


@unix
@pytest.mark.parametrize(
    ("programs", "terminal", "display", "rights"),
    [
        (("sudo", "pkexec"), True, True, "sudo"),
        (("sudo", "pkexec"), False, True, "pkexec"),
        (("sudo", "pkexec"), False, False, "sudo"),  # it may need no password; pkexec would need a screen
        (("sudo",), False, True, "sudo"),
        (("pkexec",), True, False, "pkexec"),
        ((), True, True, "none"),
    ],
)
def test_rights_come_from_what_can_ask_for_a_password_here(programs, terminal, display, rights):
    environment = {"DISPLAY": ":0"} if display else {}
    assert available_rights(environment, having(*programs), root=False, terminal=terminal) == rights


@unix
def test_the_administrator_needs_nobodys_leave():
    assert available_rights({}, having("sudo"), root=True) == "ours"


PLAN = Plan("to do", "x", (write_file("/etc/a b.conf", "# one\ntwo 'three'\n"), Step(("modprobe", "m"))))


def test_every_step_is_announced_as_a_shell_would_take_it():
    assert announce(PLAN, "sudo").splitlines() == [
        "This will be run as the administrator:",
        "  printf '%s\\n' '# one' 'two '\"'\"'three'\"'\"'' | sudo tee '/etc/a b.conf'",
        "  sudo modprobe m",
    ]
    assert announce(PLAN, "none").startswith("Neither sudo nor pkexec is here. Log in")


@unix
def test_the_announced_line_does_what_the_step_does(tmp_path: Path):
    target = tmp_path / "a b.conf"
    step = write_file(str(target), "# one\ntwo 'three' $HOME\n")
    subprocess.run(["sh", "-ec", step.shown()], check=True, stdout=subprocess.DEVNULL)
    by_shell = target.read_text()
    target.unlink()
    assert carry_out(Plan("to do", "x", (step,)), "ours", lambda *_: "") == ""
    assert target.read_text() == by_shell == step.text


@unix
def test_the_first_step_that_fails_is_explained_and_the_last(tmp_path: Path):
    never = tmp_path / "never"
    fails = Step(("sh", "-c", "echo oh no >&2; exit 3"))
    plan = Plan("to do", "x", (fails, write_file(str(never), "x\n")))
    said = carry_out(plan, "ours", lambda step, said: f"{step.command[0]} said {said.strip()}")
    assert said.endswith("failed: sh said oh no")
    assert not never.exists()


@unix
def test_a_program_that_is_missing_is_said_so():
    plan = Plan("to do", "x", (Step(("no-such-program-gazecam",)),))
    assert "no-such-program-gazecam does not start: No such file" in carry_out(plan, "ours", lambda *_: "")


@unix
def test_pkexec_is_asked_once_for_all_steps(tmp_path: Path, monkeypatch):
    calls = tmp_path / "calls"
    fake = tmp_path / "pkexec"
    fake.write_text(f'#!/bin/sh\necho call >>"{calls}"\nexec "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    files = [tmp_path / name for name in ("one", "two")]
    plan = Plan("to do", "x", tuple(write_file(str(path), "done\n") for path in files))
    assert carry_out(plan, "pkexec", lambda *_: "") == ""
    assert [path.read_text() for path in files] == ["done\n"] * 2
    assert calls.read_text() == "call\n"


@unix
def test_sudo_stands_before_each_step(tmp_path: Path, monkeypatch):
    fake = tmp_path / "sudo"
    fake.write_text('#!/bin/sh\nexec "$@"\n')
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    plan = Plan("to do", "x", (write_file(str(tmp_path / "f"), "done\n"),))
    assert carry_out(plan, "sudo", lambda *_: "") == ""
    assert (tmp_path / "f").read_text() == "done\n"
