import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from vcam.platform.desktop_facts import missing_packages, read_desktop, read_screen

# A tray of the modern kind, as far as anybody can ask for one: its name on the bus, and its one property.
HOST = """
from vcam.platform.desktop_facts import read_desktop
print(read_desktop({"DISPLAY": ":none", "XDG_CURRENT_DESKTOP": "test"}).notifier_host)
"""


@pytest.mark.parametrize(
    ("environment", "screen"),
    [
        ({}, ""),
        ({"DISPLAY": ":0"}, "x11"),
        ({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, "wayland"),
    ],
)
def test_the_screen_is_known_by_the_environment(environment, screen):
    assert read_screen(environment, "linux") == screen
    assert read_screen(environment, "darwin") == "native"


def test_libraries_that_the_system_lacks_are_told_by_debians_packages():
    assert missing_packages(lambda name: None if name == "xcb-cursor" else f"lib{name}.so.1") == (
        "libxcb-cursor0",
    )
    assert missing_packages(lambda name: name) == ()


def test_without_a_screen_nothing_is_asked():
    assert read_desktop({}).notifier_host is None


@pytest.mark.skipif(
    shutil.which("dbus-run-session") is None or not (shutil.which("busctl") or shutil.which("gdbus")),
    reason="dbus-run-session or a command that asks D-Bus is not installed",
)
def test_a_session_without_a_tray_says_so():
    command = ["dbus-run-session", "--", sys.executable, "-c", HOST]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False"]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    pytest.importorskip("Xlib", reason="python-xlib is in the extra desktop, not installed")
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-nolisten", "tcp", "-noreset"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


def test_a_screen_without_a_tray_has_none(display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display)
    assert read_desktop({"DISPLAY": display}).x11_tray is False


@pytest.mark.skipif(shutil.which("trayer") is None, reason="trayer is not installed")
def test_a_tray_is_found_by_its_selection(display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display)
    tray = subprocess.Popen(["trayer"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 20
        while not read_desktop({"DISPLAY": display}).x11_tray:
            assert time.monotonic() < deadline, "the tray was not seen"
            time.sleep(0.05)
    finally:
        tray.terminate()
        tray.wait(10)
