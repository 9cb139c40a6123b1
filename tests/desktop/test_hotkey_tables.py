"""What Windows and macOS are told of the keys. The calls need those systems and are not run here."""

import pytest

from vcam.desktop import hotkey_macos, hotkey_windows
from vcam.desktop.hotkey import HotkeyUnavailable
from vcam.desktop.hotkey_keys import KEYS, Keys, parse_keys


@pytest.mark.parametrize(
    ("keys", "modifiers", "code"),
    [
        ("Ctrl+Alt+G", 0x4003, 0x47),
        ("Shift+Super+7", 0x400C, 0x37),
        ("F1", 0x4000, 0x70),
        ("Ctrl+F12", 0x4002, 0x7B),
        ("Alt+PageDown", 0x4001, 0x22),
    ],
)
def test_windows_is_told_modifiers_and_virtual_key(keys, modifiers, code):
    parsed = parse_keys(keys)
    assert (hotkey_windows.modifiers(parsed), hotkey_windows.virtual_key(parsed)) == (modifiers, code)


@pytest.mark.parametrize(
    ("keys", "modifiers", "code"),
    [
        ("Ctrl+Alt+G", 0x1800, 5),
        ("Cmd+Shift+T", 0x300, 17),
        ("Ctrl+0", 0x1000, 29),
        ("F5", 0, 96),
        ("Option+Space", 0x800, 49),
    ],
)
def test_macos_is_told_modifiers_and_place_on_the_keyboard(keys, modifiers, code):
    parsed = parse_keys(keys)
    assert (hotkey_macos.modifiers(parsed), hotkey_macos.key_code(parsed)) == (modifiers, code)


def test_no_two_keys_share_a_code():
    keys = [Keys(frozenset({"Ctrl"}), key) for key in KEYS]
    windows = [hotkey_windows.virtual_key(key) for key in keys]
    mac = [hotkey_macos.key_code(key) for key in keys if key.key not in {"Insert", "Pause"}]
    assert len(set(windows)) == len(windows) == len(KEYS)
    assert len(set(mac)) == len(mac) == len(KEYS) - 2


@pytest.mark.parametrize("keys", ["Ctrl+Insert", "Pause"])
def test_keys_that_a_mac_does_not_have_are_told(keys):
    with pytest.raises(HotkeyUnavailable, match="a Mac's keyboard has no key"):
        hotkey_macos.key_code(parse_keys(keys))
