import pytest

from vcam.platform import checks_desktop
from vcam.platform.desktop_facts import DesktopFacts

KEYS = "Ctrl+Alt+G"


@pytest.mark.parametrize(
    ("screen", "status"), [("", "warn"), ("x11", "ok"), ("wayland", "ok"), ("native", "ok")]
)
def test_a_missing_display_is_only_a_warning(screen, status):
    assert checks_desktop.check_display(DesktopFacts(screen)).status == status


def test_without_the_extra_the_way_to_it_is_told():
    found = checks_desktop.check_desktop_extra(DesktopFacts("x11", qt=False))
    assert found.status == "warn"
    assert "gazecam[desktop]" in found.fix


def test_missing_libraries_of_the_system_are_named_by_their_packages():
    found = checks_desktop.check_desktop_extra(DesktopFacts("x11", missing_packages=("libxcb-cursor0",)))
    assert (found.status, found.fix) == ("warn", "sudo apt install libxcb-cursor0")


@pytest.mark.parametrize(
    ("facts", "status", "words"),
    [
        (DesktopFacts("native"), "ok", "a tray is there"),
        (DesktopFacts("wayland", "KDE", notifier_host=True), "ok", "a tray is there"),
        (DesktopFacts("x11", "XFCE", notifier_host=False, x11_tray=True), "ok", "a tray is there"),
        (DesktopFacts("x11"), "ok", "cannot tell"),
        (DesktopFacts("wayland", "ubuntu:GNOME", notifier_host=False), "warn", "GNOME shows no tray icons"),
        (DesktopFacts("x11", "i3", notifier_host=False, x11_tray=False), "warn", "has no tray"),
    ],
)
def test_a_tray_is_judged_by_what_the_desktop_hosts(facts, status, words):
    found = checks_desktop.check_tray(facts)
    assert found.status == status
    assert words in found.message
    assert bool(found.fix) == (status != "ok")


def test_gnome_is_told_its_extension():
    found = checks_desktop.check_tray(DesktopFacts("wayland", "GNOME", notifier_host=False))
    assert "AppIndicator" in found.fix


@pytest.mark.parametrize(
    ("facts", "keys", "status"),
    [
        (DesktopFacts("x11"), KEYS, "ok"),
        (DesktopFacts("x11", xlib=False), KEYS, "warn"),
        (DesktopFacts("x11", xlib=False), "", "ok"),
        (DesktopFacts("native"), KEYS, "ok"),
        (DesktopFacts("wayland", portal_shortcuts=True), KEYS, "ok"),
        (DesktopFacts("wayland", portal_shortcuts=False), KEYS, "warn"),
        (DesktopFacts("wayland"), KEYS, "ok"),
    ],
)
def test_a_hotkey_is_judged_by_what_the_desktop_gives(facts, keys, status):
    found = checks_desktop.check_hotkey(facts, keys)
    assert found.status == status
    assert bool(found.fix) == (status != "ok")


def test_where_programs_get_no_shortcuts_the_desktops_own_do_it():
    found = checks_desktop.check_hotkey(DesktopFacts("wayland", portal_shortcuts=False), KEYS)
    assert "gazecam toggle" in found.fix


def test_a_bad_settings_file_is_quoted():
    problem = "settings.toml: unknown setting source.fsp; known: fps, height, spec, width"
    found = checks_desktop.check_settings(problem)
    assert (found.status, found.message) == ("warn", problem)
    assert checks_desktop.check_settings(None).status == "ok"
