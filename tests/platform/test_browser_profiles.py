import json
from pathlib import Path

import pytest

from vcam.platform.browser_profiles import BrowserProfile, read_browsers


def chromium(home: Path, folder: str, *flags: str) -> None:
    (home / folder).mkdir(parents=True)
    state = {"browser": {"enabled_labs_experiments": list(flags)}, "profile": {}}
    (home / folder / "Local State").write_text(json.dumps(state))


def firefox(home: Path, folder: str, **files: str) -> None:
    (home / folder).mkdir(parents=True)
    for name, text in files.items():
        (home / folder / f"{name}.js").write_text(text)


def only(home: Path, root: Path = Path("/nonexistent")) -> BrowserProfile:
    [found] = read_browsers(home, root)
    return found


def test_a_person_without_browsers_has_none(tmp_path):
    assert read_browsers(tmp_path) == []


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ((), None),
        (("enable-webrtc-pipewire-camera@1",), True),
        (("other@1", "enable-webrtc-pipewire-camera@2"), False),
        (("enable-webrtc-pipewire-capturer@1",), None),  # of screens, not cameras
    ],
)
def test_chromes_flag_is_read_from_its_local_state(tmp_path, flags, wanted):
    chromium(tmp_path, ".config/google-chrome", *flags)
    assert only(tmp_path) == BrowserProfile("Chrome", "native", "", wanted)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"browser": []}', "{}"])
def test_a_damaged_state_is_one_without_the_flag(tmp_path, text):
    (tmp_path / ".config/chromium").mkdir(parents=True)
    (tmp_path / ".config/chromium/Local State").write_text(text)
    assert only(tmp_path).pipewire is None


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("snap/chromium/common/chromium", "Chromium (snap)"),
        (".config/BraveSoftware/Brave-Browser", "Brave"),
        (".var/app/com.microsoft.Edge/config/microsoft-edge", "Edge (flatpak)"),
    ],
)
def test_browsers_are_found_however_they_are_packaged(tmp_path, folder, title):
    chromium(tmp_path, folder)
    assert only(tmp_path).title == title


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        ({"prefs": ""}, None),
        ({"prefs": 'user_pref("media.webrtc.camera.allow-pipewire", true);\n'}, True),
        ({"prefs": 'user_pref("media.webrtc.camera.allow-pipewire", false);\n'}, False),
        ({"prefs": '// user_pref("media.webrtc.camera.allow-pipewire", true);\n'}, None),
        (
            {
                "prefs": 'user_pref("media.webrtc.camera.allow-pipewire", false);\n',
                "user": 'user_pref("media.webrtc.camera.allow-pipewire", true);\n',
            },
            True,
        ),
    ],
)
def test_firefoxs_preference_is_read_the_persons_own_file_first(tmp_path, files, wanted):
    firefox(tmp_path, ".mozilla/firefox/ab12.default-release", **files)
    assert only(tmp_path) == BrowserProfile("Firefox", "native", "default-release", wanted)


def test_every_firefox_profile_is_listed(tmp_path):
    for folder in (
        ".mozilla/firefox/a.work",
        ".mozilla/firefox/b.home",
        "snap/firefox/common/.mozilla/firefox/c.x",
    ):
        firefox(tmp_path, folder, prefs="")
    titles = [profile.title for profile in read_browsers(tmp_path)]
    assert titles == ["Firefox (work)", "Firefox (home)", "Firefox (snap, x)"]


@pytest.mark.parametrize(
    ("metadata", "override", "allowed"),
    [
        ("[Context]\ndevices=all;\n", None, True),
        ("[Context]\ndevices=dri;\n", None, False),
        ("[Application]\nname=x\n", None, False),
        ("[Context]\ndevices=dri;\n", "[Context]\ndevices=all;\n", True),
        ("[Context]\ndevices=all;\n", "[Context]\ndevices=!all;\n", False),
    ],
)
def test_a_flatpaks_sandbox_is_read_with_the_persons_overrides(tmp_path, metadata, override, allowed):
    home, root = tmp_path / "home", tmp_path / "root"
    chromium(home, ".var/app/com.google.Chrome/config/google-chrome")
    active = root / "var/lib/flatpak/app/com.google.Chrome/current/active"
    active.mkdir(parents=True)
    (active / "metadata").write_text(metadata)
    if override is not None:
        (home / ".local/share/flatpak/overrides").mkdir(parents=True)
        (home / ".local/share/flatpak/overrides/com.google.Chrome").write_text(override)
    assert only(home, root).devices is allowed


def test_a_flatpak_whose_sandbox_is_not_described_is_left_open(tmp_path):
    chromium(tmp_path, ".var/app/com.google.Chrome/config/google-chrome")
    assert only(tmp_path).devices is None
