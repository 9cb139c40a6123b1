"""The browsers a person has used, and which way each of them looks for cameras."""

import json
import re
from collections.abc import Iterator
from configparser import ConfigParser
from configparser import Error as BadFile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

Packaging: TypeAlias = Literal["native", "snap", "flatpak"]

CHROMIUM_FLAG = "enable-webrtc-pipewire-camera"
FIREFOX_PREFERENCE = "media.webrtc.camera.allow-pipewire"

# Folders below the person's own, where the family of Chromium keeps its "Local State"
_CHROMIUM: tuple[tuple[str, Packaging, str], ...] = (
    ("Chromium", "native", ".config/chromium"),
    ("Chrome", "native", ".config/google-chrome"),
    ("Chrome Beta", "native", ".config/google-chrome-beta"),
    ("Brave", "native", ".config/BraveSoftware/Brave-Browser"),
    ("Edge", "native", ".config/microsoft-edge"),
    ("Vivaldi", "native", ".config/vivaldi"),
    ("Chromium", "snap", "snap/chromium/common/chromium"),
    ("Brave", "snap", "snap/brave/current/.config/BraveSoftware/Brave-Browser"),
    ("Chromium", "flatpak", ".var/app/org.chromium.Chromium/config/chromium"),
    ("Chrome", "flatpak", ".var/app/com.google.Chrome/config/google-chrome"),
    ("Brave", "flatpak", ".var/app/com.brave.Browser/config/BraveSoftware/Brave-Browser"),
    ("Edge", "flatpak", ".var/app/com.microsoft.Edge/config/microsoft-edge"),
)
_FIREFOX: tuple[tuple[str, Packaging, str], ...] = (
    ("Firefox", "native", ".mozilla/firefox"),
    ("Firefox", "native", ".config/mozilla/firefox"),
    ("Firefox", "snap", "snap/firefox/common/.mozilla/firefox"),
    ("Firefox", "flatpak", ".var/app/org.mozilla.firefox/.mozilla/firefox"),
)


@dataclass(frozen=True, slots=True)
class BrowserProfile:
    """One profile of one browser."""

    browser: str
    packaging: Packaging
    profile: str
    """Name of Firefox's profile; empty for the family of Chromium, whose flag is for all of them."""
    pipewire: bool | None
    """Cameras are asked from PipeWire; None: left as the browser's makers have it."""
    devices: bool | None = None
    """A flatpak's sandbox lets camera devices through; None: no flatpak, or it cannot be told."""
    application: str = ""
    """A flatpak's id."""

    @property
    def firefox(self) -> bool:
        """Not of Chromium's family."""
        return self.browser == "Firefox"

    @property
    def title(self) -> str:
        """What to call it, e.g. "Firefox (snap, default-release)"."""
        words = [word for word in (self.packaging, self.profile) if word not in {"", "native"}]
        return f"{self.browser} ({', '.join(words)})" if words else self.browser


def read_browsers(home: Path, root: Path = Path("/")) -> list[BrowserProfile]:
    """Every profile found below ``home``; ``root`` is where flatpaks for all users lie."""
    return [*_read_chromium(home, root), *_read_firefox(home, root)]


def _read_chromium(home: Path, root: Path) -> Iterator[BrowserProfile]:
    for browser, packaging, folder in _CHROMIUM:
        state = home / folder / "Local State"
        if state.is_file():
            application = _application(folder)
            devices = _sees_devices(application, home, root) if application else None
            yield BrowserProfile(browser, packaging, "", _chromium_flag(state), devices, application)


def _read_firefox(home: Path, root: Path) -> Iterator[BrowserProfile]:
    for browser, packaging, folder in _FIREFOX:
        for preferences in sorted((home / folder).glob("*/prefs.js")):
            application = _application(folder)
            devices = _sees_devices(application, home, root) if application else None
            name = preferences.parent.name.partition(".")[2] or preferences.parent.name
            wanted = _firefox_preference(preferences.parent)
            yield BrowserProfile(browser, packaging, name, wanted, devices, application)


def _chromium_flag(state: Path) -> bool | None:
    try:
        found: Any = json.loads(state.read_text("utf-8", errors="replace"))
        flags = cast(list[Any], found["browser"]["enabled_labs_experiments"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if f"{CHROMIUM_FLAG}@1" in flags:
        return True
    return False if f"{CHROMIUM_FLAG}@2" in flags else None


def _firefox_preference(profile: Path) -> bool | None:
    pattern = re.compile(
        rf'^\s*user_pref\("{re.escape(FIREFOX_PREFERENCE)}",\s*(true|false)\);', re.MULTILINE
    )
    for file in ("user.js", "prefs.js"):  # the person's own file wins at every start
        try:
            found = pattern.findall((profile / file).read_text("utf-8", errors="replace"))
        except OSError:
            continue
        if found:
            return found[-1] == "true"
    return None


def _application(folder: str) -> str:
    found = re.match(r"\.var/app/([^/]+)/", folder)
    return found[1] if found else ""


def _sees_devices(application: str, home: Path, root: Path) -> bool | None:
    installations = [root / "var/lib/flatpak", home / ".local/share/flatpak"]
    metadata = [one / "app" / application / "current/active/metadata" for one in installations]
    known = [path for path in metadata if path.is_file()]
    if not known:
        return None
    overrides = [one / "overrides" / name for one in installations for name in ("global", application)]
    allowed: set[str] = set()
    for path in (*known, *overrides):
        allowed |= _devices_of(path)
        allowed -= {word[1:] for word in allowed if word.startswith("!")}
    return "all" in allowed


def _devices_of(path: Path) -> set[str]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(path.read_text("utf-8", errors="replace"))
    except (OSError, BadFile):
        return set()
    return set(parser.get("Context", "devices", fallback="").strip(";").split(";"))
