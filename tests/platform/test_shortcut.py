"""GazeCam in the applications menu, in a data folder of its own."""

import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from vcam.platform import shortcut
from vcam.platform.instance import COMMANDS
from vcam.platform.shortcut import ShortcutError

validator = shutil.which("desktop-file-validate")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shortcut.install(tmp_path)
    return tmp_path


def test_the_menu_has_an_entry_and_its_icons(place):
    found = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
    assert found == [
        "applications/gazecam.desktop",
        "icons/hicolor/scalable/apps/gazecam.svg",
        "icons/hicolor/symbolic/apps/gazecam-symbolic.svg",
    ]
    assert "Icon=gazecam\n" in (place / "applications/gazecam.desktop").read_text()


@pytest.mark.skipif(validator is None, reason="desktop-file-validate (desktop-file-utils) is not installed")
def test_the_entry_is_valid(place):
    done = subprocess.run(
        [str(validator), str(place / "applications/gazecam.desktop")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_action_of_the_entry_is_a_command_of_the_running_program(place):
    text = (place / "applications/gazecam.desktop").read_text()
    (actions,) = [line for line in text.splitlines() if line.startswith("Actions=")]
    names = actions.removeprefix("Actions=").strip(";").split(";")
    assert set(names) <= set(COMMANDS)
    for name in names:
        group = text.partition(f"[Desktop Action {name}]")[2].partition("\n\n")[0]
        (command,) = [line for line in group.splitlines() if line.startswith("Exec=")]
        assert command.endswith(f" {name}")


def test_the_icons_are_pictures(place):
    for path in place.rglob("*.svg"):
        assert ET.parse(path).getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_installing_again_changes_nothing_and_an_old_entry_is_noticed(place):
    assert shortcut.is_current(place)
    entry = place / "applications/gazecam.desktop"
    before = entry.read_bytes()
    shortcut.install(place)
    assert entry.read_bytes() == before
    entry.write_bytes(before.replace(b"Exec=", b"Exec=/old"))
    assert not shortcut.is_current(place)


def test_removing_leaves_nothing_and_may_be_repeated(place):
    for _ in range(2):
        shortcut.remove(place)
        assert [path for path in place.rglob("*") if path.is_file()] == []
        assert not shortcut.is_current(place)


def test_what_cannot_be_written_is_said(tmp_path):
    (tmp_path / "applications").write_text("not a folder")
    with pytest.raises(ShortcutError, match=r"GazeCam could not be added to the menu: .*applications"):
        shortcut.install(tmp_path)


def test_what_cannot_be_removed_is_said(tmp_path):
    (tmp_path / "applications/gazecam.desktop/inside").mkdir(parents=True)
    with pytest.raises(
        ShortcutError, match=r"GazeCam could not be taken out of the menu: .*gazecam\.desktop"
    ):
        shortcut.remove(tmp_path)
