"""The window can be used without a mouse, says what is going on, and asks for nothing by itself."""

from collections.abc import Callable, Generator
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QSlider, QWidget

from vcam.config import Config, updated
from vcam.controls import ControlState
from vcam.desktop.cameras import CameraList, choices
from vcam.desktop.theme import DARK, LIGHT
from vcam.desktop.theme_switch import ThemeSwitch
from vcam.desktop.window import MainWindow
from vcam.desktop.words import Account
from vcam.platform.cameras import Camera

BRIO, OBS = Camera("Logitech BRIO", "/dev/video0", False), Camera("OBS Virtual Camera", "/dev/video4", True)
GAZECAM = Camera("GazeCam", "/dev/video10", True)


@pytest.fixture
def window(app: Any) -> Generator[MainWindow]:
    ThemeSwitch(app).choose("light")
    cameras = CameraList(lambda: [BRIO, OBS, GAZECAM])
    window = MainWindow(cameras)
    window.show_config(Config())
    window.show_state(ControlState())
    window.show_account(Account("on", "Eye contact is on", "Viewers see your eyes meet the lens."))
    window.show()
    window.activateWindow()
    yield window
    window.hide()
    window.deleteLater()
    cameras.close()
    app.setStyleSheet("")


def walked(window: MainWindow, until: Callable[..., Any]) -> list[QWidget]:
    """Where the tab key leads, once around."""
    window.view.setFocus()
    until(window.view.hasFocus)
    around = [window.view]
    while True:
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
        if now is around[0]:
            return around
        assert now not in around, "the tab key goes in a circle that leaves something out"
        around.append(now)


def test_the_tab_key_reaches_everything(window: MainWindow, until: Callable[..., Any]) -> None:
    around = walked(window, until)

    # of the three modes the one that is chosen; arrow keys lead to the others
    usable = [part for kind in (QSlider, QComboBox, QAbstractButton) for part in window.findChildren(kind)]
    expected = {part for part in usable if part.isVisible() and part.isEnabled()}
    modes = {window.modes.button(mode) for mode in ("call", "teleprompter", "off")}
    assert set(around) - {window.view} >= expected - modes
    assert modes & set(around)


def test_everything_the_tab_key_reaches_has_a_name_for_screen_readers(
    window: MainWindow, until: Callable[..., Any]
) -> None:
    names = [
        QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
        for part in walked(window, until)
    ]

    assert all(names), names
    assert len(set(names)) == len(names)


def test_focus_can_be_seen_wherever_it_is(window: MainWindow, until: Callable[..., Any]) -> None:
    for part in walked(window, until):
        window.setFocus()
        plain = part.grab().toImage()
        part.setFocus(Qt.FocusReason.TabFocusReason)
        until(part.hasFocus)
        assert part.grab().toImage() != plain, part.accessibleName() or part


def test_each_mnemonic_is_there_once(window: MainWindow) -> None:
    texts = [part.text() for kind in (QLabel, QAbstractButton) for part in window.findChildren(kind)]
    keys = [text[text.index("&") + 1].lower() for text in texts if "&" in text]

    assert len(keys) >= 10
    assert sorted(set(keys)) == sorted(keys)


@pytest.mark.parametrize(("key", "mode"), [("p", "teleprompter"), ("o", "off"), ("c", "call")])
def test_the_mode_is_chosen_by_its_mnemonic(
    window: MainWindow, until: Callable[..., Any], key: str, mode: str
) -> None:
    window.show_state(ControlState("off" if mode == "call" else "call"))
    until(window.isActiveWindow)
    asked = QSignalSpy(window.mode_asked)

    QTest.keyClick(window, key, Qt.KeyboardModifier.AltModifier)

    assert until(lambda: [asked.at(at)[0] for at in range(asked.count())]) == [mode]


def test_the_arrow_keys_move_along_the_modes(window: MainWindow, until: Callable[..., Any]) -> None:
    window.modes.button("call").setFocus()
    until(window.modes.button("call").hasFocus)
    asked = QSignalSpy(window.mode_asked)

    QTest.keyClick(window.modes.button("call"), Qt.Key.Key_Right)

    assert asked.at(0)[0] == "teleprompter"


@pytest.mark.parametrize("field", ["strength", "strength_pitch", "strength_yaw"])
def test_the_keys_move_each_strength(window: MainWindow, field: str) -> None:
    asked = QSignalSpy(window.strength_asked)

    QTest.keyClick(window.strengths.slider(field), Qt.Key.Key_PageDown)

    assert asked.at(0) == [field, pytest.approx(0.9)]


def test_showing_a_state_asks_for_nothing(window: MainWindow) -> None:
    modes, strengths = QSignalSpy(window.mode_asked), QSignalSpy(window.strength_asked)

    window.show_state(ControlState("teleprompter", 0.5, 0.25, 0.75))

    assert (modes.count(), strengths.count()) == (0, 0)
    assert window.modes.button("teleprompter").isChecked()
    assert window.strengths.slider("strength_yaw").value() == 75


def test_off_leaves_nothing_to_slide(window: MainWindow) -> None:
    window.show_state(ControlState("off"))

    assert not window.strengths.slider("strength").isEnabled()


def test_cameras_are_listed_by_name_and_never_our_own(window: MainWindow, until: Callable[..., Any]) -> None:
    window.devices.refresh()
    box = window.devices.camera
    until(lambda: box.count() > 1)

    assert [box.itemText(at) for at in range(box.count())] == ["First camera found", BRIO.name, OBS.name]


def test_a_camera_that_is_chosen_is_asked_for_by_its_name(
    window: MainWindow, until: Callable[..., Any]
) -> None:
    window.devices.refresh()
    until(lambda: window.devices.camera.count() > 1)
    asked = QSignalSpy(window.settings_changed)

    window.devices.camera.setFocus()
    QTest.keyClick(window.devices.camera, Qt.Key.Key_Down)

    assert asked.at(0)[0] == {"source.spec": "camera:Logitech BRIO"}


def test_a_size_that_is_chosen_is_asked_for(window: MainWindow) -> None:
    asked = QSignalSpy(window.settings_changed)

    QTest.keyClick(window.devices.size_list, Qt.Key.Key_End)

    assert asked.at(0)[0] == {"source.width": 1920, "source.height": 1080}


def test_a_file_has_its_own_size(window: MainWindow) -> None:
    window.show_config(updated(Config(), {"source": {"spec": "demo"}}, "test"))

    assert not window.devices.size_list.isEnabled()
    assert window.devices.camera.currentText() == "Demo, no camera"


def test_a_camera_that_is_away_stays_chosen() -> None:
    named = choices([BRIO], "camera:Elgato")

    assert named[-1].name == "Elgato (not connected)"


def test_two_cameras_of_one_name_are_told_apart() -> None:
    twin = Camera(BRIO.name, "/dev/video2", False)

    assert [choice.spec for choice in choices([BRIO, twin], "camera")] == ["camera", "camera:0", "camera:2"]


def test_what_happens_is_said_with_its_reason(window: MainWindow) -> None:
    window.show_account(Account("passing", "Your own eyes are shown", "You look too far from the lens."))

    assert window.status.texts[:2] == ("Your own eyes are shown", "You look too far from the lens.")


def test_a_notice_goes_when_dismissed(window: MainWindow) -> None:
    window.notice.say("Camera BRIO is not there.")
    assert window.notice.isVisible()

    window.notice.clear()
    assert not window.notice.isVisible()


def test_closing_is_left_to_whoever_knows_of_the_tray(window: MainWindow) -> None:
    asked = QSignalSpy(window.close_asked)

    window.close()

    assert asked.count() == 1
    assert window.isVisible()


def test_the_themes_look_different(app: Any, window: MainWindow) -> None:
    theme = ThemeSwitch(app)
    theme.choose("light")
    light = window.grab().toImage().pixelColor(3, 3).name()
    theme.choose("dark")
    dark = window.grab().toImage().pixelColor(3, 3).name()

    assert (light, dark) == (LIGHT.window, DARK.window)
