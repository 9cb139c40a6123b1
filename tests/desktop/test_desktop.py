"""Tray, window and session together: what a person does reaches the picture, and what happens is shown."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QSystemTrayIcon

from tests.desktop.live import GRAY, WHITE, PlainCamera, Viewers, plain_session
from vcam.calibration_store import CalibrationStore
from vcam.config import Config
from vcam.desktop.desktop import Desktop
from vcam.desktop.remote import RemoteCommands
from vcam.errors import VcamError
from vcam.session import LiveSession
from vcam.settings_file import SettingsFile

HOTKEY_OFF = '[desktop]\nhotkey = ""\n'


@dataclass
class Stand:
    desktop: Desktop
    session: LiveSession
    viewers: Viewers
    camera: PlainCamera
    file: SettingsFile
    remote: RemoteCommands


@pytest.fixture
def stand(
    app: Any, until: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Generator[Stand]:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))  # where the start at login is written
    path = tmp_path / "settings.toml"
    path.write_text(HOTKEY_OFF)
    file = SettingsFile(path)
    viewers, camera, remote = Viewers(), PlainCamera(), RemoteCommands()
    session = plain_session(file.load(), viewers, camera)
    desktop = Desktop(app, session, file, remote, CalibrationStore(tmp_path / "calibrations.json"))
    session.start()
    until(lambda: viewers.sees(WHITE))
    yield Stand(desktop, session, viewers, camera, file, remote)
    desktop.close()
    session.stop()
    desktop.window.deleteLater()
    desktop.deleteLater()
    app.processEvents()


def left_click(stand: Stand) -> None:
    stand.desktop.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)


def test_a_left_click_switches_what_viewers_see(stand: Stand, until: Callable[..., Any]) -> None:
    left_click(stand)
    until(lambda: stand.viewers.sees(GRAY))

    left_click(stand)
    until(lambda: stand.viewers.sees(WHITE))


def test_the_very_next_frame_is_another_after_a_click(stand: Stand, until: Callable[..., Any]) -> None:
    seen: list[tuple[int, str | None]] = []
    end = stand.session.observe(
        lambda correction: seen.append((correction.original.index, correction.reason))
    )
    until(lambda: len(seen) > 3)

    left_click(stand)
    at_click = seen[-1][0]
    until(lambda: seen[-1][0] > at_click + 3)
    end()

    # one frame may have been at work during the click
    assert all(reason == "off" for index, reason in seen if index > at_click + 1)


def test_tray_window_and_menu_show_a_change_from_outside(stand: Stand, until: Callable[..., Any]) -> None:
    desktop = stand.desktop
    stand.session.controls.change(mode="off")

    until(lambda: not desktop.menu.enabled.isChecked())
    assert desktop.window.modes.button("off").isChecked()
    until(lambda: "off" in desktop.tray.icon.toolTip())
    assert desktop.menu.status.text() == "Eye contact is off"


def test_every_choice_of_the_menu_reaches_the_session(stand: Stand) -> None:
    menu, controls = stand.desktop.menu, stand.session.controls
    for action in menu.modes.actions():
        action.trigger()
        assert controls.state.mode == action.data()
        assert action.isChecked()
    menu.enabled.trigger()
    assert controls.state.enabled
    menu.enabled.trigger()
    assert not controls.state.enabled
    for action in menu.strengths.actions():
        action.trigger()
        assert controls.state.strength == action.data()
        assert [other for other in menu.strengths.actions() if other.isChecked()] == [action]


def test_choosing_what_is_chosen_leaves_it_checked(stand: Stand) -> None:
    call = stand.desktop.menu.modes.actions()[0]
    call.trigger()
    call.trigger()

    assert call.isChecked()


def test_the_menu_opens_each_window(stand: Stand, until: Callable[..., Any]) -> None:
    desktop = stand.desktop

    desktop.menu.window_entry.trigger()
    until(desktop.window.isVisible)
    desktop.menu.settings.trigger()
    until(lambda: desktop.dialogs.settings is not None and desktop.dialogs.settings.isVisible())
    desktop.dialogs.settings.reject()
    desktop.menu.calibration.trigger()
    until(lambda: desktop.dialogs.calibration is not None and desktop.dialogs.calibration.isVisible())
    desktop.dialogs.calibration.reject()
    until(lambda: desktop.dialogs.calibration is None and desktop.dialogs.settings is None)


@pytest.mark.parametrize("opened", [False, True])
def test_quit_of_the_menu_ends_the_program_also_while_the_window_is_open(
    app: Any, stand: Stand, until: Callable[..., Any], opened: bool
) -> None:
    if opened:
        stand.desktop.menu.window_entry.trigger()
        until(stand.desktop.window.isVisible)
    QTimer.singleShot(0, stand.desktop.menu.quit.trigger)
    too_late = QTimer(app, singleShot=True, interval=10_000)
    too_late.timeout.connect(lambda: app.exit(1))
    too_late.start()

    assert app.exec() == 0
    too_late.stop()


def test_start_at_login_is_the_systems_own_entry(
    stand: Stand, until: Callable[..., Any], tmp_path: Path
) -> None:
    login = stand.desktop.menu.login
    login.trigger()
    until(lambda: (tmp_path / "autostart" / "gazecam.desktop").exists() and login.isChecked())

    login.trigger()
    until(lambda: not (tmp_path / "autostart" / "gazecam.desktop").exists() and not login.isChecked())


def test_the_preview_paints_and_keeps_the_camera_only_while_it_is_seen(
    stand: Stand, until: Callable[..., Any]
) -> None:
    stand.viewers.count = 0
    until(lambda: stand.session.status().activity == "waiting")

    stand.desktop.presence.open()
    until(lambda: stand.session.status().activity == "live")
    assert stand.desktop.feed.watching

    stand.desktop.window.hide()
    until(lambda: stand.session.status().activity == "waiting")


def test_closing_the_window_goes_on_in_the_tray_and_says_so_once(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    presence = stand.desktop.presence
    monkeypatch.setattr(presence, "_hosted", lambda: True)
    monkeypatch.setattr(presence, "_tell", lambda title, _text: told.append(title))
    for _ in range(2):
        presence.open()
        stand.desktop.window.close()
        assert not stand.desktop.window.isVisible()

    assert stand.viewers.sees(WHITE)
    assert told == ["GazeCam is still running"]


@pytest.mark.parametrize("answer", ["quit", "minimize", ""])
def test_without_a_tray_closing_asks(stand: Stand, answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    presence = stand.desktop.presence
    monkeypatch.setattr(presence, "_hosted", lambda: False)
    monkeypatch.setattr(presence, "_ask", lambda _window: answer)
    quits = QSignalSpy(presence.quit_asked)
    presence.open()

    stand.desktop.window.close()

    assert quits.count() == (answer == "quit")
    assert stand.desktop.window.isVisible()
    assert stand.desktop.window.isMinimized() == (answer == "minimize")


def test_a_camera_that_cannot_be_had_is_a_line_and_the_old_one_stays(
    stand: Stand, until: Callable[..., Any]
) -> None:
    window = stand.desktop.window
    window.settings_changed.emit({"source.spec": "camera:Elgato"})

    until(lambda: window.notice.text)
    assert window.notice.text == "No camera matches 'camera:Elgato'; there is: 0 'Plain'"
    assert window.devices.camera.currentData() == "camera"
    assert stand.session.config.source.spec == "camera"
    assert stand.file.load().source.spec == "camera"
    assert stand.viewers.sees(WHITE)


def test_a_camera_that_is_chosen_is_saved(stand: Stand, until: Callable[..., Any]) -> None:
    stand.desktop.window.settings_changed.emit({"source.spec": "camera:Plain"})

    until(lambda: stand.file.load().source.spec == "camera:Plain")
    assert stand.session.config.source.spec == "camera:Plain"


def test_strength_and_mode_are_saved_once_they_rest(stand: Stand, until: Callable[..., Any]) -> None:
    for percent in (90, 80, 70):
        stand.desktop.window.strengths.slider("strength_yaw").setValue(percent)
    stand.session.controls.change(mode="teleprompter")

    until(lambda: stand.file.load().policy.strength_yaw == 0.7)
    assert stand.file.load().policy.mode == "teleprompter"


def test_what_was_asked_for_on_the_command_line_is_not_saved(
    app: Any, until: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "settings.toml"
    path.write_text(HOTKEY_OFF)
    file = SettingsFile(path)
    asked = Config(source=Config().source.__class__(fps=15.0))
    session = plain_session(asked, Viewers(), PlainCamera())
    desktop = Desktop(app, session, file)
    session.controls.change(strength=0.5)
    until(lambda: file.load().policy.strength == 0.5)
    desktop.close()
    desktop.deleteLater()

    assert file.load().source.fps == Config().source.fps


def test_a_lost_camera_is_shown_and_told_and_its_return_too(
    stand: Stand, until: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(stand.desktop.notices, "_notify", lambda title, _text: told.append(title))
    stand.camera.plugged = False
    until(lambda: told == ["The camera is gone"])
    until(lambda: stand.desktop.window.status.texts[0] == "No picture from the camera")

    stand.camera.plugged = True
    until(lambda: told == ["The camera is gone", "The camera is back"])
    until(lambda: stand.desktop.window.status.texts[0] == "Eye contact is on")


def test_commands_from_another_start_are_carried_out(stand: Stand, until: Callable[..., Any]) -> None:
    assert stand.remote("off") == "Eye contact is off."
    assert stand.remote("toggle") == "Eye contact is on."
    assert stand.remote("on") == "Eye contact is on."
    assert stand.remote("status").startswith("Eye contact is o")
    stand.remote("preview")
    until(stand.desktop.window.isVisible)
    stand.remote("settings")
    until(lambda: stand.desktop.dialogs.settings is not None)
    with pytest.raises(VcamError, match="unknown command 'dance'"):
        stand.remote("dance")


@pytest.mark.usefixtures("app")
def test_commands_before_there_is_a_session_are_refused_kindly() -> None:
    with pytest.raises(VcamError, match="still starting"):
        RemoteCommands()("toggle")


def test_the_line_between_before_and_after_is_remembered(stand: Stand, until: Callable[..., Any]) -> None:
    stand.desktop.presence.open()
    for _ in range(5):
        QTest.keyClick(stand.desktop.window.view, Qt.Key.Key_Right)

    until(lambda: stand.file.load().desktop.split == pytest.approx(0.6))
