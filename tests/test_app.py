"""How live mode is started: alone, beside a running one, with a window or without."""

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.session.cast import PATIENCE_S, Scene, Unplugged, config, is_corrected, until
from vcam import app
from vcam.app import DesktopWish, run_live, start_live
from vcam.errors import SinkUnavailable
from vcam.headless import HeadlessCommands
from vcam.platform.instance import Instance, NotRunning, ask
from vcam.session import Activity
from vcam.settings_file import SettingsFile


@pytest.fixture(autouse=True)
def runtime(tmp_path, monkeypatch) -> None:
    """A place of its own where starts meet."""
    monkeypatch.setattr("vcam.platform.instance.runtime_folder", lambda: tmp_path / "run")


@pytest.fixture
def scene(monkeypatch) -> Iterator[Scene]:
    """What a start finds."""
    scene = Scene()
    monkeypatch.setattr(app, "session_parts", lambda: scene.session._lasting.parts)
    yield scene
    scene.session.stop()


def meanwhile(act: Callable[[], object]) -> Callable[[], None]:
    """Does something beside the main thread; call the result to see its errors."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:  # told to the main thread
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def end() -> None:
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
        assert not errors, errors

    return end


def test_without_a_desktop_it_runs_and_tells_the_table_at_the_end(scene):
    scene.viewers.come()
    table = start_live(config(), 0.3)
    assert table.startswith("stage, ms")
    assert any(map(is_corrected, scene.viewers.sent))
    assert scene.viewers.closed


def test_commands_reach_a_running_one_without_a_window(scene):
    scene.viewers.come()

    def talk() -> None:
        scene.viewers.see(is_corrected, "it runs")
        assert ask("status").startswith("Eye contact is on")
        assert ask("toggle") == "Eye contact is off."
        scene.viewers.see(lambda frame: not is_corrected(frame), "own eyes")
        assert ask("quit") == "GazeCam is closing."

    end = meanwhile(talk)
    start_live(config(), PATIENCE_S)
    end()
    assert scene.viewers.closed
    with pytest.raises(NotRunning):
        ask("status")


def test_a_second_start_opens_nothing_and_shows_the_first_ones_window(scene):
    asked: list[str] = []

    def answer(command: str) -> str:
        asked.append(command)
        return "The window is open."

    with Instance.acquire(answer):
        assert start_live(config(), None) == "GazeCam is running already. The window is open."
    assert asked == ["preview"]
    assert (scene.models, scene.outputs) == ([], [])


def test_a_second_start_beside_one_without_a_window_says_so(scene):
    with Instance.acquire(HeadlessCommands(scene.session)):
        told = start_live(config(), None)
    assert told.startswith("GazeCam is running already. GazeCam runs without a window; ")


def test_a_start_after_an_end_is_a_first_one(scene):
    start_live(config(), 0.05)
    scene.viewers.closed = False
    assert start_live(config(), 0.05).startswith("stage, ms")
    assert len(scene.outputs) == 2


def test_a_recording_runs_beside_a_running_one(tmp_path):
    clip = tmp_path / "demo.mp4"
    demo = config("source.spec=demo", f"sink.spec={clip}", "redirector=geometric", "estimator=geometric")
    with Instance.acquire(lambda _command: "never asked"):
        table = start_live(demo, 0.5)
    assert table.startswith("stage, ms")
    assert clip.stat().st_size > 0


def test_a_device_that_is_missing_is_an_error_and_leaves_nobody_running(scene):
    scene.no_output = Unplugged("there is no virtual camera")
    with pytest.raises(SinkUnavailable, match="no virtual camera"):
        start_live(config(), None)
    with pytest.raises(NotRunning):
        ask("status")


@pytest.mark.usefixtures("scene")
def test_where_starts_cannot_meet_it_runs_without_commands(monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr("vcam.platform.instance.runtime_folder", lambda: tmp_path / "file")
    assert start_live(config(), 0.05).startswith("stage, ms")
    assert "this GazeCam takes no commands" in caplog.text


def test_a_run_without_starts_beside_it_needs_no_instance(scene):
    scene.viewers.come()
    with Instance.acquire(lambda _command: "never asked"):
        meter = run_live(config(), 0.3)
    assert meter.snapshot().stages["track"].count > 0


class Shown:
    """Stands for the desktop: notes what it is given, and stops the session as it does."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    def __call__(self, session: Any, settings: Any, instance: Any, **more: Any) -> int:
        self.given = {"session": session, "settings": settings, "instance": instance, **more}
        session.stop()
        return 0


@pytest.fixture
def shown(monkeypatch) -> Shown:
    pytest.importorskip("PySide6", reason="PySide6 (the extra desktop) is not installed")
    shown = Shown()
    monkeypatch.setattr("vcam.desktop.missing_parts", lambda: None)
    monkeypatch.setattr("vcam.desktop.run_desktop", shown)
    return shown


def wish(folder: Path) -> DesktopWish:
    return DesktopWish(SettingsFile(folder / "settings.toml"), "a wrong setting")


@pytest.mark.usefixtures("scene")
def test_with_a_desktop_the_window_gets_session_settings_and_commands(shown, tmp_path):
    given = wish(tmp_path)
    assert start_live(config(), 1.5, given) == ""
    assert shown.given["session"].config == config()
    assert shown.given["session"].status().activity is Activity.STOPPED
    assert shown.given["settings"] is given.settings
    assert (shown.given["problem"], shown.given["duration_s"]) == ("a wrong setting", 1.5)
    assert shown.given["remote"] is not None
    assert isinstance(shown.given["instance"], Instance)
    with pytest.raises(NotRunning):
        ask("status")


@pytest.mark.usefixtures("scene")
def test_a_second_start_with_a_desktop_shows_the_first_ones_window(shown, tmp_path):
    with Instance.acquire(lambda _command: "The window is open."):
        assert start_live(config(), None, wish(tmp_path)).endswith("The window is open.")
    assert shown.given == {}


@pytest.mark.usefixtures("scene")
@pytest.mark.parametrize("why", ["no display", "a library of the system is missing"])
def test_where_no_window_can_be_shown_it_runs_without_one_and_says_why_once(
    monkeypatch, tmp_path, caplog, why
):
    if why == "no display":
        monkeypatch.setattr("vcam.desktop.missing_parts", lambda: why)
    else:
        monkeypatch.setattr("vcam.desktop.missing_parts", lambda: None)
        monkeypatch.setitem(sys.modules, "vcam.desktop.desktop", None)
        why = "the tray cannot be shown"
    with caplog.at_level("INFO", "vcam.app"):
        assert start_live(config(), 0.05, wish(tmp_path)).startswith("stage, ms")
    said = [record.getMessage() for record in caplog.records if record.name == "vcam.app"]
    assert len(said) == 1
    assert said[0].startswith(why)
    assert said[0].endswith("going on without a window")


def test_a_clip_is_never_shown_on_a_desktop(shown, tmp_path):
    clip = tmp_path / "demo.mp4"
    demo = config("source.spec=demo", f"sink.spec={clip}", "redirector=geometric", "estimator=geometric")
    start_live(demo, 0.2, wish(tmp_path))
    assert shown.given == {}
    until(clip.exists, "the clip")
