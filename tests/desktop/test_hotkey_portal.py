"""The hotkey on Wayland: the real xdg-desktop-portal on a bus of our own, and a desktop of ours behind it."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.desktop.dbus_wire import CALL, SIGNAL, Message, Variant, WireError, decode, encode, length_of
from vcam.desktop.hotkey import Hotkey
from vcam.desktop.hotkey_keys import parse_keys
from vcam.desktop.hotkey_portal import trigger

ROOT = Path(__file__).parents[2]
PORTALS = ("/usr/libexec/xdg-desktop-portal", "/usr/lib/xdg-desktop-portal")
DEADLINE_S = 10.0
NO_SERVICES = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir={folder}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""
PORTAL_FILE = """[portal]
DBusName=org.freedesktop.impl.portal.desktop.gazecam_test
Interfaces=org.freedesktop.impl.portal.GlobalShortcuts;
UseIn=gazecam
"""
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def until(holds: Callable[[], object]) -> bool:
    end = time.monotonic() + DEADLINE_S
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@dataclass
class Bus:
    """A session bus that starts nothing by itself, and the programs that a test puts on it."""

    folder: Path
    environment: dict[str, str]
    programs: list["subprocess.Popen[str]"]

    def start(self, *command: str, **streams: int) -> "subprocess.Popen[str]":
        program = subprocess.Popen(command, cwd=ROOT, env=self.environment, text=True, **(quiet | streams))
        self.programs.append(program)
        return program

    def desktop(self, *options: str) -> "subprocess.Popen[str]":
        """The portal, and behind it a desktop of ours."""
        portal = next((path for path in PORTALS if Path(path).exists()), None)
        if portal is None:
            pytest.skip("xdg-desktop-portal is not installed")
        command = sys.executable, "-m", "tests.desktop.portal_backend", *options
        backend = self.start(*command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert backend.stdout
        assert "ready" in backend.stdout.readline()
        told = self.folder / "portal.log"
        with told.open("w") as log:
            self.start(portal, "-v", stdout=log.fileno(), stderr=log.fileno())
        assert until(lambda: "org.freedesktop.portal.Desktop acquired" in told.read_text()), told.read_text()
        return backend


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bus]:
    if sys.platform != "linux" or not shutil.which("dbus-daemon"):
        pytest.skip("dbus-daemon is not installed")
    (tmp_path / "gazecam_test.portal").write_text(PORTAL_FILE)
    (tmp_path / "bus.conf").write_text(NO_SERVICES.format(folder=tmp_path))
    own = {
        "XDG_DESKTOP_PORTAL_DIR": str(tmp_path),
        "XDG_CURRENT_DESKTOP": "gazecam",
        "XDG_RUNTIME_DIR": str(tmp_path),
        "HOME": str(tmp_path),
    }
    bus = Bus(tmp_path, os.environ | own, [])
    config = f"--config-file={tmp_path / 'bus.conf'}"
    daemon = bus.start("dbus-daemon", config, "--nofork", "--print-address=1", stdout=subprocess.PIPE)
    assert daemon.stdout
    bus.environment["DBUS_SESSION_BUS_ADDRESS"] = daemon.stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.environment["DBUS_SESSION_BUS_ADDRESS"])
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-gazecam-test")
    yield bus
    for program in reversed(bus.programs):
        program.terminate()
        program.communicate()


def test_the_keys_that_the_desktop_allowed_call_back(bus):
    desktop = bus.desktop()
    pressed = threading.Semaphore(0)
    hotkey = Hotkey("Ctrl+Alt+G", pressed.release)
    asked = desktop.stdout.readline()
    assert '["toggle", {"description": "Turn GazeCam on or off", "preferred_trigger": "CTRL+ALT+g"}]' in asked
    for _ in range(2):
        assert until(lambda: press(desktop, pressed))
    assert hotkey.problem is None
    hotkey.close()
    assert [thread for thread in threading.enumerate() if thread.name == "hotkey"] == []


def press(desktop: "subprocess.Popen[str]", pressed: threading.Semaphore) -> bool:
    """Press until it is heard: what the person allowed takes effect a moment after the answer."""
    assert desktop.stdin
    desktop.stdin.write("press\n")
    desktop.stdin.flush()
    return pressed.acquire(timeout=0.5)


def test_a_person_who_refuses_is_told_another_way(bus):
    bus.desktop("--refuse")
    hotkey = Hotkey("Ctrl+Alt+G", print)
    assert until(lambda: hotkey.problem)
    assert "you did not allow it" in hotkey.problem
    assert '"gazecam toggle" in the keyboard settings' in hotkey.problem
    hotkey.close()


@pytest.mark.usefixtures("bus")
def test_a_desktop_without_the_portal_is_told_another_way():
    hotkey = Hotkey("Ctrl+Alt+G", print)
    assert until(lambda: hotkey.problem)
    assert "this desktop gives no hotkeys to programs" in hotkey.problem
    assert '"gazecam toggle" in the keyboard settings' in hotkey.problem
    hotkey.close()


def test_a_bus_that_goes_away_is_told(bus):
    desktop, pressed = bus.desktop(), threading.Semaphore(0)
    hotkey = Hotkey("Ctrl+Alt+G", pressed.release)
    assert "BindShortcuts" in desktop.stdout.readline()
    assert until(lambda: press(desktop, pressed))
    bus.programs[0].kill()
    assert until(lambda: hotkey.problem)
    assert "connection to the D-Bus session bus was lost" in hotkey.problem
    hotkey.close()


@pytest.mark.skipif(sys.platform != "linux", reason="Wayland is Linux's")
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("unix:path=/nowhere/bus", "cannot be reached"),
        ("tcp:host=localhost,port=1", "there is no D-Bus session bus on this computer"),
        ("", "there is no D-Bus session bus on this computer"),
    ],
)
def test_no_bus_is_a_plain_problem_and_the_network_is_never_asked(monkeypatch, address, says):
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-gazecam-test")
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    hotkey = Hotkey("Ctrl+Alt+G", print)
    assert until(lambda: hotkey.problem)
    assert says in hotkey.problem
    hotkey.close()


@pytest.mark.parametrize(
    ("keys", "wanted"),
    [("Ctrl+Alt+G", "CTRL+ALT+g"), ("Super+F5", "LOGO+F5"), ("Ctrl+Shift+PageUp", "CTRL+SHIFT+Prior")],
)
def test_keys_are_written_as_the_portal_reads_them(keys, wanted):
    assert trigger(parse_keys(keys)) == wanted


# --- the bytes

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
NUMBERS = st.integers(0, 2**32 - 1)
VARIANTS = TEXTS.map(lambda text: Variant("s", text)) | NUMBERS.map(lambda number: Variant("u", number))


@settings(deadline=None)
@given(st.dictionaries(TEXTS, VARIANTS, max_size=4), st.lists(st.tuples(TEXTS, NUMBERS), max_size=4), TEXTS)
def test_what_is_encoded_is_decoded_again(options, pairs, text):
    message = Message(
        CALL,
        7,
        "/a/b",
        "a.b.C",
        "Do",
        destination="d.e",
        signature="a{sv}sa(su)t",
        body=(options, text, pairs, 1),
    )
    data = encode(message)
    assert length_of(data[:16]) == len(data)
    again = decode(data)
    bare = {key: variant.value for key, variant in options.items()}
    assert again.body == (bare, text, pairs, 1)
    assert (again.path, again.interface, again.member, again.destination) == ("/a/b", "a.b.C", "Do", "d.e")


def test_bytes_are_those_of_the_specification():
    """A signal without a body, written out by hand."""
    message = Message(SIGNAL, 1, path="/", interface="a.b", member="C")
    fields = b"\x01\x01o\0\x01\0\0\0/\0" + bytes(6)
    fields += b"\x02\x01s\0\x03\0\0\0a.b\0" + bytes(4)
    fields += b"\x03\x01s\0\x01\0\0\0C\0"
    header = b"l\x04\0\x01" + bytes(4) + b"\x01\0\0\0" + bytes([len(fields), 0, 0, 0])
    assert encode(message) == header + fields + bytes(-len(header + fields) % 8)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_a_clear_error(data):
    with suppress(WireError):
        assert isinstance(decode(b"l\x04\0\x01" + data), Message)


def test_a_message_that_is_absurdly_long_is_not_awaited():
    with pytest.raises(WireError, match="expected 1048576 at most"):
        length_of(b"l\x04\0\x01" + b"\xff\xff\xff\x7f" + bytes(8))
