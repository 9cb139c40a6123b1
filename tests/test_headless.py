import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.session.cast import Scene, is_corrected, until
from vcam.errors import VcamError
from vcam.headless import HeadlessCommands, stopping_on_signals
from vcam.platform.instance import COMMANDS
from vcam.session import Activity


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.session.stop()


def test_toggle_on_and_off_change_the_next_frame(scene):
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(is_corrected, "a corrected frame")
    commands = HeadlessCommands(scene.session)
    assert commands("toggle") == "Eye contact is off."
    scene.viewers.see(lambda frame: not is_corrected(frame), "own eyes")
    assert commands("on") == "Eye contact is on."
    scene.viewers.see(is_corrected, "a corrected frame")
    assert commands("on") == "Eye contact is on."
    assert commands("off") == "Eye contact is off."


def test_status_is_a_line_of_plain_words(scene):
    commands = HeadlessCommands(scene.session)
    assert commands("status") == "GazeCam has stopped"
    scene.session.start()
    until(lambda: scene.session.status().activity is Activity.WAITING, "it waits")
    assert commands("status").startswith("Ready, eye contact on. No program uses GazeCam")


def test_quit_ends_the_session(scene):
    scene.session.start()
    until(lambda: scene.viewers.sent, "it runs")
    assert HeadlessCommands(scene.session)("quit") == "GazeCam is closing."
    assert scene.session.status().activity is Activity.STOPPED


@pytest.mark.parametrize("command", ["preview", "settings", "calibrate"])
def test_what_takes_a_window_is_refused_with_the_way_to_get_one(scene, command):
    with pytest.raises(VcamError, match=r"without a window; .* without --no-tray"):
        HeadlessCommands(scene.session)(command)


@pytest.mark.parametrize("command", sorted({*COMMANDS} - {"preview", "settings", "calibrate"}))
def test_every_other_command_has_an_answer(scene, command):
    assert HeadlessCommands(scene.session)(command)


def test_a_command_of_another_version_is_refused(scene):
    with pytest.raises(VcamError, match="unknown command 'dance'"):
        HeadlessCommands(scene.session)("dance")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows delivers no such signal to a process")
@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_and_is_told_once_that_has_ended(order):
    stopped, before = threading.Event(), signal.getsignal(order)

    def run() -> None:
        with stopping_on_signals(stopped.set):
            os.kill(os.getpid(), order)
            until(stopped.is_set, "the signal arrives")

    with pytest.raises(KeyboardInterrupt):
        run()
    assert signal.getsignal(order) is before


def test_without_a_signal_nothing_is_raised():
    with stopping_on_signals(lambda: None):
        pass
