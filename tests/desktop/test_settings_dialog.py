"""Settings are explained, checked where they are typed, and changed only as a whole."""

from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QDialogButtonBox, QLabel, QLineEdit

from vcam.config import Config
from vcam.desktop.dotted import changed, value_at
from vcam.desktop.settings_dialog import SettingsDialog
from vcam.desktop.settings_fields import PAGES
from vcam.errors import ConfigError

pytestmark = pytest.mark.usefixtures("app")


class Preferences:
    """What the dialog uses of the real ones; ``refusal`` is what applying will say."""

    def __init__(self) -> None:
        self.config = Config()
        self.asked: dict[str, Any] = {}
        self.refusal: str | None = None

    def change(self, values: Mapping[str, Any], answered: Callable[[str | None], None]) -> None:
        self.asked = dict(values)
        new = changed(self.config, values)
        if self.refusal is None:
            self.config = new
        answered(self.refusal)


class Login:
    def __init__(self) -> None:
        self.on = False

    def turn(self, on: bool) -> None:
        self.on = on


@pytest.fixture
def preferences() -> Preferences:
    return Preferences()


@pytest.fixture
def dialog(preferences: Preferences) -> Generator[SettingsDialog]:
    dialog = SettingsDialog(preferences, Login(), {})
    dialog.show()
    yield dialog
    dialog.hide()
    dialog.deleteLater()


def typed(dialog: SettingsDialog, key: str, text: str) -> None:
    editor = dialog.rows[key].editor
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    QTest.keyClicks(editor, text)


def press_ok(dialog: SettingsDialog) -> None:
    QTest.mouseClick(dialog.buttons.button(QDialogButtonBox.StandardButton.Ok), Qt.MouseButton.LeftButton)


def test_what_was_not_touched_is_not_changed(dialog: SettingsDialog, preferences: Preferences) -> None:
    press_ok(dialog)

    assert preferences.asked == {}
    assert not dialog.isVisible()


def test_what_was_typed_is_changed(dialog: SettingsDialog, preferences: Preferences) -> None:
    typed(dialog, "source.fps", "25")
    press_ok(dialog)

    assert preferences.asked == {"source.fps": 25.0}
    assert not dialog.isVisible()


@pytest.mark.parametrize(
    ("key", "text", "problem"),
    [
        ("source.fps", "fast", "Expected a number from 1 to 240, got fast."),
        ("source.fps", "", "Expected a number from 1 to 240, got nothing."),
        ("source.fps", "1000", "Expected 1 to 240, got 1000."),
        ("policy.gaze_full_deg", "nan", "Expected 1 to 60, got nan."),
    ],
)
def test_a_wrong_number_is_explained_at_its_field(
    dialog: SettingsDialog, preferences: Preferences, key: str, text: str, problem: str
) -> None:
    editor = dialog.rows[key].editor
    assert isinstance(editor, QLineEdit)
    editor.setText(text)
    press_ok(dialog)

    assert dialog.rows[key].problem == problem
    assert QAccessible.queryAccessibleInterface(editor).text(QAccessible.Text.Description) == problem
    assert dialog.isVisible()
    assert editor.isVisible(), "its page is turned to"
    assert preferences.asked == {}


def test_a_hotkey_that_is_none_is_explained_at_its_field(dialog: SettingsDialog) -> None:
    typed(dialog, "desktop.hotkey", "Ctrl+Alt+Banana")
    press_ok(dialog)

    assert "Banana" in dialog.rows["desktop.hotkey"].problem
    assert dialog.isVisible()


def test_values_that_do_not_fit_together_are_explained_at_one_of_them(dialog: SettingsDialog) -> None:
    typed(dialog, "policy.gaze_full_deg", "29")
    press_ok(dialog)

    assert dialog.rows["policy.gaze_none_deg"].problem.startswith("expected 32 or more")
    assert dialog.isVisible()


def test_a_refusal_keeps_the_dialog_and_what_was_typed(
    dialog: SettingsDialog, preferences: Preferences
) -> None:
    preferences.refusal = "the models cannot be loaded"
    typed(dialog, "source.fps", "25")
    press_ok(dialog)

    assert dialog.notice.text == "The models cannot be loaded"
    assert dialog.rows["source.fps"].value == 25.0
    assert dialog.isVisible()


def test_a_mended_field_is_no_longer_wrong(dialog: SettingsDialog) -> None:
    typed(dialog, "source.fps", "x")
    assert not dialog.rows["source.fps"].check()
    typed(dialog, "source.fps", "24")

    assert dialog.rows["source.fps"].check()
    assert dialog.rows["source.fps"].problem == ""


def test_escape_changes_nothing(dialog: SettingsDialog, preferences: Preferences) -> None:
    typed(dialog, "source.fps", "25")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)

    assert preferences.asked == {}
    assert not dialog.isVisible()


def test_a_box_that_stands_for_words_gives_the_words(
    dialog: SettingsDialog, preferences: Preferences
) -> None:
    QTest.keyClick(dialog.rows["sink.on_demand"].editor, Qt.Key.Key_Space)
    press_ok(dialog)

    assert preferences.asked == {"sink.on_demand": "off"}


def test_start_at_login_is_asked_of_the_system(preferences: Preferences) -> None:
    login = Login()
    dialog = SettingsDialog(preferences, login, {})
    dialog.login.setChecked(True)
    dialog.accept()

    assert login.on


def test_a_hint_stands_at_its_field_from_the_start(preferences: Preferences) -> None:
    dialog = SettingsDialog(preferences, Login(), {"desktop.hotkey": "taken by another program"})

    assert dialog.rows["desktop.hotkey"].problem == "taken by another program"


@pytest.mark.parametrize("page", range(len(PAGES)))
def test_mnemonics_of_a_page_are_unique(dialog: SettingsDialog, page: int) -> None:
    dialog.pages.setCurrentRow(page)
    parts = [
        part for kind in (QLabel, QAbstractButton) for part in dialog.findChildren(kind) if part.isVisible()
    ]
    keys = [part.text()[part.text().index("&") + 1].lower() for part in parts if "&" in part.text()]

    assert sorted(set(keys)) == sorted(keys)


@pytest.mark.parametrize(
    "asked", [asked for page in PAGES for asked in page.fields], ids=lambda asked: asked.key
)
def test_every_field_stands_for_a_setting_that_exists(asked: Any) -> None:
    value = value_at(Config(), asked.key)

    for _, choice in asked.choices:
        assert value_at(changed(Config(), {asked.key: choice}), asked.key) == choice
    if asked.kind == "check" and not asked.choices:
        assert type(value) is bool


def test_an_unknown_setting_is_refused_by_its_dotted_name() -> None:
    with pytest.raises(ConfigError, match=r"unknown setting source\.fsp"):
        changed(Config(), {"source.fsp": 30.0})
