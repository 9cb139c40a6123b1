"""What ``doctor`` judges of browsers: whether each can see GazeCam, by the way it looks for cameras."""

from vcam.platform.browser_profiles import CHROMIUM_FLAG, FIREFOX_PREFERENCE, BrowserProfile
from vcam.platform.checks import Check
from vcam.platform.checks_linux import LOOK_AGAIN
from vcam.platform.pipewire_state import PipeWireState

_PAGES = {"Chromium": "chrome", "Chrome": "chrome", "Chrome Beta": "chrome", "Edge": "edge", "Brave": "brave"}


def check_browser(
    profile: BrowserProfile, pipewire: PipeWireState, name: str, *, sending: bool, to_pipewire: bool
) -> Check:
    """``sending``: our device delivers now; ``to_pipewire``: frames go to PipeWire, not to a device."""
    title = f"browser {profile.title}"
    if to_pipewire:
        return _through_pipewire(title, profile)
    if profile.pipewire:
        return _asks_pipewire(title, profile, pipewire, name, sending=sending)
    if profile.devices is False:
        message = "its sandbox lets no camera devices through"
        return Check(title, "warn", message, f"flatpak override --user --device=all {profile.application}")
    if profile.pipewire is None and profile.firefox:
        return Check(title, "ok", "looks for cameras as its makers have set it")
    return Check(title, "ok", "opens camera devices itself")


def _asks_pipewire(
    title: str, profile: BrowserProfile, pipewire: PipeWireState, name: str, *, sending: bool
) -> Check:
    if not pipewire.running or not pipewire.managed:
        missing = "its session manager" if pipewire.running else "PipeWire"
        message = f"asks PipeWire for cameras, but {missing} does not run: it sees none"
        return Check(title, "warn", message, _switch(profile, "Default", "false"))
    if sending and pipewire.cameras is not None and name not in pipewire.cameras:
        message = f"asks PipeWire for cameras, which does not list {name}"
        return Check(title, "warn", message, LOOK_AGAIN)
    return Check(title, "ok", "asks PipeWire for cameras")


def _through_pipewire(title: str, profile: BrowserProfile) -> Check:
    if profile.pipewire:
        return Check(title, "ok", "asks PipeWire for cameras")
    if profile.pipewire is None and profile.firefox:
        message = "may not ask PipeWire for cameras: its makers decide, and GazeCam is there and nowhere else"
    else:
        message = "opens camera devices itself, so it does not see GazeCam, which is a PipeWire camera"
    return Check(title, "warn", message, _switch(profile, "Enabled", "true"))


def _switch(profile: BrowserProfile, flag: str, preference: str) -> str:
    if profile.firefox:
        return f"in about:config set {FIREFOX_PREFERENCE} to {preference}, then restart Firefox"
    page = _PAGES.get(profile.browser, "chrome")
    return f"set {page}://flags/#{CHROMIUM_FLAG} to {flag}, then restart the browser"
