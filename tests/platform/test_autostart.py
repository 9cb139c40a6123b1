"""Starting at login: written, read and removed, for each system by the record that it keeps."""

import plistlib
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.platform.exec_words import exec_of
from vcam.config import load
from vcam.platform import autostart
from vcam.platform.autostart import (
    ARGUMENTS,
    AutostartError,
    LaunchAgent,
    LoginEntry,
    RunKey,
    WindowsRegistry,
    XdgAutostart,
)
from vcam.platform.launch import launch_command

COMMAND = ["/home/anna maria/50% of $HOME/gazecam", "run", "--set", "desktop.show_window_at_start=false"]
validator = shutil.which("desktop-file-validate")


class Registry:
    """A registry in memory."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}

    def get(self, key: str, name: str) -> str | None:
        return self.values.get((key, name))

    def put(self, key: str, name: str, text: str) -> None:
        self.values[key, name] = text

    def remove(self, key: str, name: str) -> None:
        self.values.pop((key, name), None)


@pytest.fixture(params=["Linux", "macOS", "Windows"])
def entry(request, tmp_path: Path) -> LoginEntry:
    match request.param:
        case "Linux":
            return XdgAutostart(tmp_path / "autostart")
        case "macOS":
            return LaunchAgent(tmp_path / "LaunchAgents")
        case _:
            return RunKey(Registry())


def test_nothing_starts_at_login_at_first(entry):
    assert not entry.enabled()


def test_what_is_enabled_stays_so_until_it_is_disabled(entry):
    for _ in range(2):
        entry.enable(COMMAND)
        assert entry.enabled()
    for _ in range(2):
        entry.disable()
        assert not entry.enabled()


@pytest.fixture
def xdg(tmp_path: Path) -> Path:
    XdgAutostart(tmp_path).enable(COMMAND)
    return tmp_path / "gazecam.desktop"


def test_a_path_with_spaces_and_signs_is_started_as_it_is(xdg):
    assert exec_of(xdg.read_text("utf-8")) == COMMAND


@pytest.mark.skipif(validator is None, reason="desktop-file-validate (desktop-file-utils) is not installed")
def test_the_entry_is_valid(xdg):
    done = subprocess.run([str(validator), str(xdg)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_enabling_again_writes_the_same_and_mends_an_old_path(tmp_path, xdg):
    before = xdg.read_bytes()
    XdgAutostart(tmp_path).enable(["/old/gazecam"])
    XdgAutostart(tmp_path).enable(COMMAND)
    assert xdg.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["gazecam.desktop"]


@pytest.mark.parametrize("line", ["Hidden=true", "X-GNOME-Autostart-enabled=false"])
def test_an_entry_that_the_desktops_own_settings_switched_off_counts_as_off(tmp_path, xdg, line):
    text = xdg.read_text("utf-8").replace("X-GNOME-Autostart-enabled=true", line)
    xdg.write_text(text, "utf-8")
    assert not XdgAutostart(tmp_path).enabled()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"[Other]\nHidden=false\n"])
def test_an_entry_that_no_desktop_understands_counts_as_off(tmp_path, content):
    (tmp_path / "gazecam.desktop").write_bytes(content)
    assert not XdgAutostart(tmp_path).enabled()


def test_the_agent_is_a_list_that_launchd_reads(tmp_path):
    LaunchAgent(tmp_path).enable(COMMAND)
    job = plistlib.loads((tmp_path / "gazecam.plist").read_bytes())
    assert job == {
        "Label": "gazecam",
        "ProgramArguments": COMMAND,
        "RunAtLoad": True,
        "ProcessType": "Interactive",
        "LimitLoadToSessionType": "Aqua",
    }


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", plistlib.dumps({"Label": "other"}), plistlib.dumps([1])]
)
def test_an_agent_that_is_not_ours_counts_as_off(tmp_path, content):
    (tmp_path / "gazecam.plist").write_bytes(content)
    assert not LaunchAgent(tmp_path).enabled()


def test_the_run_key_holds_a_command_line_as_windows_quotes_it():
    registry = Registry()
    RunKey(registry).enable([r"C:\Users\Anna Maria\gazecam.exe", "run", "--set", "a=b"])
    assert registry.values == {
        (r"Software\Microsoft\Windows\CurrentVersion\Run", "GazeCam"): (
            r'"C:\Users\Anna Maria\gazecam.exe" run --set a=b'
        )
    }


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has a registry")
def test_elsewhere_there_is_no_registry():
    with pytest.raises(OSError, match="there is no registry on"):
        WindowsRegistry().put("key", "name", "text")


linux = pytest.mark.skipif(sys.platform != "linux", reason="this system's entry, tried where it is a file")


@linux
def test_this_gazecam_starts_at_login_without_its_window(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert not autostart.is_enabled()
    autostart.enable()
    assert autostart.is_enabled()
    assert exec_of((tmp_path / "autostart/gazecam.desktop").read_text("utf-8")) == [
        *launch_command(),
        *ARGUMENTS,
    ]
    autostart.disable()
    assert not autostart.is_enabled()


def test_what_is_started_at_login_is_a_setting_that_exists():
    command, option, setting = ARGUMENTS
    assert (command, option) == ("run", "--set")
    assert not load(None, [setting]).desktop.show_window_at_start


@linux
def test_an_entry_that_cannot_be_written_is_said(monkeypatch, tmp_path):
    (tmp_path / "autostart").write_text("not a folder")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(
        AutostartError, match=r"GazeCam cannot be started at login: .*autostart: .*try again$"
    ):
        autostart.enable()


@linux
def test_an_entry_that_cannot_be_removed_is_said(monkeypatch, tmp_path):
    (tmp_path / "autostart/gazecam.desktop/inside").mkdir(parents=True)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(AutostartError, match=r"GazeCam still starts at login: .*gazecam\.desktop: "):
        autostart.disable()


def test_the_command_starts_this_gazecam():
    done = subprocess.run(
        [*launch_command(), "--version"], capture_output=True, text=True, cwd="/", timeout=60, check=False
    )
    assert done.stdout.startswith("gazecam ")


def test_an_installed_gazecam_is_started_by_its_script(monkeypatch, tmp_path):
    monkeypatch.setattr("vcam.__file__", str(tmp_path / "site-packages/vcam/__init__.py"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin/python"))
    assert launch_command() == [str(tmp_path / "bin/python"), "-m", "vcam.cli"]
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/gazecam").touch()
    assert launch_command() == [str(tmp_path / "bin/gazecam")]


@pytest.mark.skipif(
    shutil.which("gio") is None, reason="gio, which launches desktop entries, is not installed"
)
def test_a_real_desktop_starts_the_very_words(tmp_path):
    # no percent sign in the path: GLib looks for such a program under the doubled one
    folder = tmp_path / 'half of "$HOME" & more'
    folder.mkdir()
    script, told = folder / "gaze cam", tmp_path / "told"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}.part\nmv {told}.part {told}\n')
    script.chmod(0o755)
    words = ["run", "--set", "source.spec=it's `here` \\ 100%", "$x"]
    XdgAutostart(tmp_path).enable([str(script), *words])
    subprocess.run(["gio", "launch", str(tmp_path / "gazecam.desktop")], check=True, timeout=30)
    until = time.monotonic() + 20
    while not told.exists():
        assert time.monotonic() < until, "gio has not started it"
        time.sleep(0.01)
    assert told.read_text().splitlines() == words
