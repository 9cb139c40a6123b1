"""The hotkey: its text, and the real thing on an X server whose own test extension presses the keys."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcam.desktop.hotkey import Hotkey
from vcam.desktop.hotkey_keys import KEYS, ORDER, Keys, parse_keys
from vcam.errors import ConfigError

DEADLINE_S = 10.0


# --- the text


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Ctrl+Alt+G", "Ctrl+Alt+G"),
        ("alt + ctrl + g", "Ctrl+Alt+G"),
        ("Control+Option+g", "Ctrl+Alt+G"),
        ("cmd+shift+F5", "Shift+Super+F5"),
        ("Win+Space", "Super+Space"),
        ("f9", "F9"),
        ("Ctrl+PageUp", "Ctrl+PageUp"),
        ("Ctrl+Ctrl+1", "Ctrl+1"),
    ],
)
def test_keys_are_read_as_people_write_them(text, meant):
    assert str(parse_keys(text)) == meant


@given(st.sets(st.sampled_from(ORDER)), st.sampled_from(KEYS))
def test_what_is_written_is_read_again(modifiers, key):
    keys = Keys(frozenset(modifiers | {"Ctrl"}), key)
    assert parse_keys(str(keys)) == keys


@pytest.mark.parametrize(
    "text", ["", "+", "Ctrl+", "Ctrl+Alt", "Ctrl+G+H", "Ctrl+Ä", "Strg+G", "Ctrl G", "Ctrl+F99"]
)
def test_keys_that_are_none_are_refused_with_an_example(text):
    with pytest.raises(ConfigError, match=r"expected modifiers and one key .* Ctrl\+Alt\+G") as raised:
        parse_keys(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize("text", ["G", "Shift+G", "Space", "shift+1", "Left"])
def test_keys_that_people_type_with_are_refused(text):
    with pytest.raises(ConfigError, match="would be pressed while typing"):
        parse_keys(text)


def test_a_text_that_is_no_hotkey_is_a_problem_and_no_error():
    hotkey = Hotkey("Ctrl+Sideways", print)
    assert "expected modifiers and one key" in str(hotkey.problem)
    hotkey.close()


# --- on X11


def started() -> tuple[subprocess.Popen[bytes], str]:
    reading, writing = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        "320x240x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    process = subprocess.Popen(
        command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    with os.fdopen(reading) as told:
        number = told.readline().strip()
    if not number:
        process.wait()
        pytest.skip("Xvfb did not start")
    return process, f":{number}"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """An X server of our own, so that no window manager has keys of its own."""
    if sys.platform != "linux" or not shutil.which("Xvfb"):
        pytest.skip("Xvfb is not installed")
    pytest.importorskip("Xlib", reason="python-xlib is not installed (extra desktop)")
    process, name = started()
    yield name
    process.terminate()
    process.wait()


@pytest.fixture
def keyboard(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator["Keyboard"]:
    monkeypatch.setenv("DISPLAY", server)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    keyboard = Keyboard(server)
    yield keyboard
    keyboard.close()


class Keyboard:
    """Presses keys as a hand would, through the XTEST extension."""

    def __init__(self, server: str) -> None:
        from Xlib.display import Display

        self._display = Display(server)
        self._locks: list[str] = []

    def code(self, keysym: str) -> int:
        from Xlib import XK

        return self._display.keysym_to_keycode(XK.string_to_keysym(keysym))

    def down(self, keysym: str) -> None:
        self._fake("KeyPress", keysym)

    def up(self, keysym: str) -> None:
        self._fake("KeyRelease", keysym)

    def type(self, *keysyms: str) -> None:
        for keysym in keysyms:
            self.down(keysym)
        for keysym in reversed(keysyms):
            self.up(keysym)

    def lock(self, keysym: str) -> None:
        self.type(keysym)
        self._locks.append(keysym)

    @property
    def state(self) -> int:
        return self._display.screen().root.query_pointer().mask

    def close(self) -> None:
        for keysym in self._locks:
            self.type(keysym)
        self._display.close()

    def _fake(self, kind: str, keysym: str) -> None:
        from Xlib import X
        from Xlib.ext import xtest

        # 5 ms after the one before: no hand is faster
        xtest.fake_input(self._display, getattr(X, kind), self.code(keysym), time=5)
        self._display.sync()


class Counter:
    """Counts calls from whatever thread."""

    def __init__(self) -> None:
        self.count = 0
        self._changed = threading.Condition()

    def __call__(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def reaches(self, count: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.count >= count, DEADLINE_S)


def until(holds: Callable[[], object]) -> bool:
    end = time.monotonic() + DEADLINE_S
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.fixture
def pressed() -> Counter:
    return Counter()


@pytest.fixture
def hotkey(keyboard: Keyboard, pressed: Counter) -> Iterator[Hotkey]:  # noqa: ARG001  # its server
    hotkey = Hotkey("Ctrl+Alt+G", pressed)
    assert hotkey.problem is None
    yield hotkey
    hotkey.close()


@pytest.mark.usefixtures("hotkey")
def test_each_press_of_the_keys_calls_back_once(keyboard, pressed):
    for count in (1, 2, 3):
        keyboard.type("Control_L", "Alt_L", "g")
        assert pressed.reaches(count)
    assert pressed.count == 3


@pytest.mark.usefixtures("hotkey")
@pytest.mark.parametrize("locks", [("Num_Lock",), ("Caps_Lock",), ("Num_Lock", "Caps_Lock")])
def test_locks_that_are_on_do_not_matter(keyboard, pressed, locks):
    for lock in locks:
        keyboard.lock(lock)
    assert bin(keyboard.state & 0xFF).count("1") == len(locks), "the server has not taken the locks"
    keyboard.type("Control_L", "Alt_L", "g")
    assert pressed.reaches(1)


@pytest.mark.usefixtures("hotkey")
def test_other_keys_and_other_modifiers_do_nothing(keyboard, pressed):
    keyboard.type("Control_L", "g")
    keyboard.type("Alt_L", "g")
    keyboard.type("Control_L", "Alt_L", "h")
    keyboard.type("Control_L", "Alt_L", "Shift_L", "g")
    keyboard.type("Control_L", "Alt_L", "g")  # the server keeps the order, so this one comes last
    assert pressed.reaches(1)
    assert pressed.count == 1


@pytest.mark.usefixtures("hotkey")
def test_keys_that_are_held_down_call_back_once(keyboard, pressed):
    for key in ("Control_L", "Alt_L", "g"):
        keyboard.down(key)
    assert pressed.reaches(1)
    time.sleep(1.2)  # the server repeats from 0.66 s on
    for key in ("g", "Alt_L", "Control_L"):
        keyboard.up(key)
    keyboard.type("Control_L", "Alt_L", "g")
    assert pressed.reaches(2)
    assert pressed.count == 2


def test_keys_that_another_program_has_are_a_plain_problem(hotkey, keyboard, pressed):
    second = Hotkey("Alt+Ctrl+g", print)
    assert second.problem == "Ctrl+Alt+G is in use by another program; set another desktop.hotkey"
    second.close()
    keyboard.type("Control_L", "Alt_L", "g")
    assert pressed.reaches(1)
    hotkey.close()
    third = Hotkey("Ctrl+Alt+G", pressed)
    assert third.problem is None
    keyboard.type("Control_L", "Alt_L", "g")
    assert pressed.reaches(2)
    third.close()


def test_a_closed_hotkey_is_silent_and_its_thread_has_ended(keyboard, pressed):
    hotkey = Hotkey("Ctrl+Alt+G", pressed)
    hotkey.close()
    hotkey.close()
    assert [thread.name for thread in threading.enumerate() if thread.name == "hotkey"] == []
    keyboard.type("Control_L", "Alt_L", "g")
    other = Hotkey("Ctrl+Alt+H", pressed)
    keyboard.type("Control_L", "Alt_L", "h")
    assert pressed.reaches(1)
    assert pressed.count == 1
    other.close()


@pytest.mark.usefixtures("hotkey")
def test_a_waiting_hotkey_costs_nothing():
    before = time.process_time()
    threading.Event().wait(0.5)
    assert time.process_time() - before < 0.25, "a thread is polling"


def test_a_function_key_alone_works(keyboard, pressed):
    hotkey = Hotkey("F9", pressed)
    keyboard.type("F9")
    assert pressed.reaches(1)
    hotkey.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # python-xlib's own socket
def test_no_server_is_a_plain_problem(monkeypatch):
    pytest.importorskip("Xlib", reason="python-xlib is not installed (extra desktop)")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":4711")
    hotkey = Hotkey("Ctrl+Alt+G", print)
    assert "cannot reach the X server :4711" in str(hotkey.problem)
    hotkey.close()


def test_a_screen_of_another_computer_is_not_asked_over_the_network(monkeypatch):
    pytest.importorskip("Xlib", reason="python-xlib is not installed (extra desktop)")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", "localhost:10.0")
    monkeypatch.setattr("socket.socket", None)
    hotkey = Hotkey("Ctrl+Alt+G", print)
    assert "own screen only, not on localhost:10.0" in str(hotkey.problem)
    hotkey.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a desktop")
def test_no_desktop_is_a_plain_problem(monkeypatch):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    hotkey = Hotkey("Ctrl+Alt+G", print)
    assert "needs a desktop" in str(hotkey.problem)
    hotkey.close()


@pytest.mark.usefixtures("server")  # which says whether there can be one
def test_a_server_that_goes_away_is_told(pressed, monkeypatch):
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    process, name = started()
    monkeypatch.setenv("DISPLAY", name)
    hotkey = Hotkey("Ctrl+Alt+G", pressed)
    assert hotkey.problem is None
    process.kill()
    process.wait()
    assert until(lambda: hotkey.problem)
    assert "connection to the X server was lost" in str(hotkey.problem)
    hotkey.close()
