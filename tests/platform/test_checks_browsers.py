import pytest

from vcam.platform.browser_profiles import BrowserProfile
from vcam.platform.checks import Check
from vcam.platform.checks_browsers import check_browser
from vcam.platform.pipewire_state import PipeWireState

UP = PipeWireState(running=True, managed=True, cameras=("GazeCam",))
DOWN = PipeWireState(running=False)


def judged(profile: BrowserProfile, pipewire: PipeWireState = UP, *, to_pipewire: bool = False) -> Check:
    return check_browser(profile, pipewire, "GazeCam", sending=True, to_pipewire=to_pipewire)


def browser(
    name: str = "Chrome", *, pipewire: bool | None = None, devices: bool | None = None
) -> BrowserProfile:
    packaging = "native" if devices is None else "flatpak"
    return BrowserProfile(name, packaging, "", pipewire, devices, "com.google.Chrome")


def test_a_browser_as_it_comes_opens_the_device():
    assert judged(browser()) == Check("browser Chrome", "ok", "opens camera devices itself")


def test_a_browser_that_asks_pipewire_sees_what_pipewire_lists():
    assert judged(browser(pipewire=True)).status == "ok"


@pytest.mark.parametrize("pipewire", [DOWN, PipeWireState(running=True)])
def test_a_browser_that_asks_pipewire_where_none_runs_sees_nothing(pipewire):
    found = judged(browser(pipewire=True), pipewire)
    assert found.status == "warn"
    assert found.fix == (
        "set chrome://flags/#enable-webrtc-pipewire-camera to Default, then restart the browser"
    )


def test_a_browser_that_asks_a_pipewire_which_overlooked_gazecam_is_warned_of():
    found = judged(browser(pipewire=True), PipeWireState(True, managed=True, cameras=("Laptop",)))
    assert found.status == "warn"
    assert "restart wireplumber" in found.fix


def test_a_sandbox_without_devices_is_told_how_to_open():
    found = judged(browser(devices=False))
    assert (found.name, found.status) == ("browser Chrome (flatpak)", "warn")
    assert found.fix == "flatpak override --user --device=all com.google.Chrome"


def test_a_sandbox_with_devices_is_fine():
    assert judged(browser(devices=True)).status == "ok"


@pytest.mark.parametrize(
    ("profile", "status"),
    [
        (browser(), "warn"),
        (browser(pipewire=False), "warn"),
        (browser(pipewire=True), "ok"),
        (browser("Firefox"), "warn"),
        (browser("Firefox", pipewire=True), "ok"),
    ],
)
def test_a_pipewire_camera_is_seen_by_browsers_that_ask_pipewire(profile, status):
    assert judged(profile, to_pipewire=True).status == status


def test_each_browser_is_told_its_own_switch():
    assert "edge://flags" in judged(browser("Edge"), to_pipewire=True).fix
    found = judged(browser("Firefox", pipewire=False), to_pipewire=True)
    assert found.fix.startswith("in about:config set media.webrtc.camera.allow-pipewire to true")
