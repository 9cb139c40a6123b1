"""The tray icon as a panel meets it: over D-Bus, in a program of its own."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.desktop.conftest import no_qt
from tests.desktop.live import GRAY, WHITE
from tests.desktop.tray_host import MenuEntry, PrivateBus, TrayHost, missing

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="StatusNotifier is a thing of Linux"),
    pytest.mark.usefixtures("app"),
]


@dataclass
class Trayed:
    host: TrayHost
    process: "subprocess.Popen[str]"
    lines: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)

    def viewers_see(self, level: int) -> None:
        """Wait until the program says so."""
        said: list[str] = []

        def heard() -> bool:
            while not self.lines.empty():
                said.append(self.lines.get())
            return any(line.endswith(f"viewers see {level}") for line in said)

        self.host.wait_for(heard)

    def tip(self) -> str:
        return self.host.read("ToolTip")[2]

    def shows(self, *words: str) -> None:
        self.host.wait_for(lambda: any(word in self.tip() for word in words))

    def entry(self, *labels: str) -> MenuEntry:
        entry = self.host.menu()
        for label in labels:
            entry = entry[label]
        return entry


@pytest.fixture
def trayed(tmp_path: Path) -> Generator[Trayed]:
    if (reason := missing() or no_qt()) is not None:
        pytest.skip(reason)
    (tmp_path / "settings.toml").write_text('[desktop]\nhotkey = ""\nshow_window_at_start = false\n')
    bus = PrivateBus(tmp_path)
    host = TrayHost(bus.address)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.desktop.trayed", str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "DBUS_SESSION_BUS_ADDRESS": bus.address, "XDG_CONFIG_HOME": str(tmp_path)},
    )
    trayed = Trayed(host, process)
    reader = threading.Thread(
        target=lambda: [trayed.lines.put(line.strip()) for line in process.stdout or ()]
    )
    reader.start()
    try:
        host.wait_for(lambda: host.items)
        trayed.viewers_see(WHITE)
        yield trayed
    finally:
        process.kill()
        process.wait(10)
        reader.join(10)
        assert process.stdout is not None
        process.stdout.close()
        host.close()
        bus.close()


def test_the_panel_reads_what_the_icon_stands_for(trayed: Trayed) -> None:
    trayed.shows("GazeCam: Eye contact is on")

    assert trayed.host.read("Title") == "GazeCam"
    assert trayed.host.read("Status") == "Active"
    assert {width for width, _, _ in trayed.host.read("IconPixmap")} >= {22}


def test_the_menu_offers_everything(trayed: Trayed) -> None:
    labels = [entry.label for entry in trayed.host.menu().walk() if entry.label]

    assert set(labels) >= {
        *("Eye contact", "Mode", "Call", "Teleprompter", "Off", "Strength", "100 %", "75 %", "50 %", "25 %"),
        *(
            "Camera",
            "First camera found",
            "Preview…",
            "Calibrate…",
            "Settings…",
            "Start at login",
            "Quit GazeCam",
        ),
    }


def test_a_left_click_switches_the_picture_and_all_that_shows_it(trayed: Trayed) -> None:
    trayed.shows("Eye contact is on")
    look = trayed.host.read("IconPixmap")

    trayed.host.click()

    trayed.viewers_see(GRAY)
    trayed.shows("Eye contact is off")
    assert trayed.host.read("IconPixmap") != look
    assert not trayed.entry("Eye contact").checked
    assert trayed.entry("Mode", "Off").checked

    trayed.host.click()
    trayed.viewers_see(WHITE)
    assert trayed.entry("Mode", "Call").checked


def test_the_entries_of_the_menu_switch_it_too(trayed: Trayed) -> None:
    trayed.host.choose("Eye contact")
    trayed.viewers_see(GRAY)

    trayed.host.choose("Mode", "Teleprompter")
    trayed.viewers_see(WHITE)
    assert trayed.entry("Eye contact").checked
    assert trayed.entry("Mode", "Teleprompter").checked

    trayed.host.choose("Strength", "50 %")
    trayed.host.wait_for(lambda: trayed.entry("Strength", "50 %").checked)
    assert not trayed.entry("Strength", "100 %").checked


def test_start_at_login_is_checked_once_the_entry_is_written(trayed: Trayed, tmp_path: Path) -> None:
    trayed.host.choose("Start at login")

    trayed.host.wait_for(lambda: trayed.entry("Start at login").checked)
    assert (tmp_path / "autostart" / "gazecam.desktop").exists()


def test_quit_ends_the_program(trayed: Trayed) -> None:
    trayed.host.choose("Quit GazeCam")

    trayed.host.wait_for(lambda: trayed.process.poll() is not None)
    assert trayed.process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_as_it_ends_other_programs(trayed: Trayed, number: signal.Signals) -> None:
    trayed.process.send_signal(number)

    trayed.host.wait_for(lambda: trayed.process.poll() is not None)
    assert trayed.process.returncode == 130
