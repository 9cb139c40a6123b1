import sys
from pathlib import Path

import pytest

from vcam.errors import SinkUnavailable
from vcam.platform.linux import Abilities, VideoNode
from vcam.platform.loopback import SET_UP, LoopbackModule, locate, read_module
from vcam.platform.virtual_camera import find_virtual_camera, locate_on_macos, locate_on_windows
from vcam.platform.virtual_device import Problem, VirtualDevice

ABSENT = LoopbackModule(loaded=False, version=None, installed=False, kernel_loads_modules=True)
INSTALLED = LoopbackModule(loaded=False, version=None, installed=True, kernel_loads_modules=True)
LOADED = LoopbackModule(loaded=True, version="0.15.4", installed=True, kernel_loads_modules=True)


def loopback(number: int, name: str, *, captures: bool = False, outputs: bool = True) -> VideoNode:
    return VideoNode(f"/dev/video{number}", name, Abilities("v4l2 loopback", captures, outputs))


def problem(*nodes: VideoNode, module: LoopbackModule = LOADED) -> Problem:
    found = locate(nodes, module, "GazeCam")
    assert isinstance(found, Problem)
    return found


def test_the_labelled_loopback_is_taken_whatever_its_number():
    nodes = [loopback(0, "OBS Virtual Camera"), loopback(42, "GazeCam")]
    assert locate(nodes, LOADED, "GazeCam") == VirtualDevice("GazeCam", "/dev/video42", "v4l2loopback")


def test_a_foreign_loopback_is_not_taken():
    found = problem(loopback(0, "OBS Virtual Camera"))
    assert (
        "none of its cameras is labelled GazeCam (there is: /dev/video0 'OBS Virtual Camera')"
        in found.message
    )
    assert found.fix == SET_UP


def test_a_camera_that_happens_to_have_our_name_is_not_taken():
    camera = VideoNode("/dev/video0", "GazeCam", Abilities("uvcvideo", captures=True, outputs=False))
    assert "labelled GazeCam" in problem(camera).message


def test_a_device_that_announces_nothing_is_called_stuck():
    found = problem(loopback(10, "GazeCam", outputs=False))
    assert "/dev/video10 (GazeCam) is stuck: it announces neither capture nor output" in found.message
    assert found.fix.endswith(SET_UP)


def test_a_device_that_only_captures_has_a_producer_already():
    found = problem(loopback(10, "GazeCam", captures=True, outputs=False))
    assert "another program is sending to it" in found.message
    assert "sudo fuser -v /dev/video10" in found.fix


def test_a_device_that_may_not_be_opened_sends_the_user_to_the_group():
    closed = VideoNode("/dev/video10", "GazeCam", None, PermissionError(13, "Permission denied"))
    assert problem(closed) == Problem(
        "/dev/video10 (GazeCam) cannot be opened: Permission denied",
        "sudo usermod -aG video $USER, then log out and in again",
    )


def test_a_device_that_fails_to_open_for_another_reason_is_made_anew():
    broken = VideoNode("/dev/video10", "GazeCam", None, OSError(16, "Device or resource busy"))
    assert problem(broken).fix == SET_UP


def test_an_installed_module_only_needs_loading():
    assert problem(module=INSTALLED) == Problem("v4l2loopback is installed, but not loaded", SET_UP)


def test_a_missing_module_is_told_from_one_that_is_not_loaded():
    found = problem(module=ABSENT)
    assert "not installed" in found.message
    assert found.fix == SET_UP


def test_a_kernel_without_modules_is_not_told_to_load_one():
    sandbox = LoopbackModule(loaded=False, version=None, installed=False, kernel_loads_modules=False)
    found = problem(module=sandbox)
    assert "loads no modules" in found.message
    assert SET_UP not in found.fix


@pytest.mark.parametrize(
    ("loaded", "version", "bug"),
    [
        (True, None, True),
        (True, "0.12.7", True),
        (True, "0.13.2", False),
        (True, "0.15.4", False),
        (False, None, False),
    ],
)
def test_versions_that_cannot_restart_a_camera_are_known(loaded, version, bug):
    module = LoopbackModule(loaded, version, installed=True, kernel_loads_modules=True)
    assert module.restart_bug is bug


def test_the_module_is_read_from_the_systems_own_files(tmp_path: Path):
    (tmp_path / "sys/module/v4l2loopback").mkdir(parents=True)
    (tmp_path / "sys/module/v4l2loopback/version").write_text("0.13.2\n")
    (tmp_path / "lib/modules/6.1.0/updates/dkms").mkdir(parents=True)
    (tmp_path / "lib/modules/6.1.0/updates/dkms/v4l2loopback.ko.xz").touch()
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/modules").touch()
    expected = LoopbackModule(loaded=True, version="0.13.2", installed=True, kernel_loads_modules=True)
    assert read_module(tmp_path, "6.1.0") == expected


def test_a_module_built_for_another_kernel_is_not_installed(tmp_path: Path):
    (tmp_path / "lib/modules/6.1.0/updates").mkdir(parents=True)
    (tmp_path / "lib/modules/6.1.0/updates/v4l2loopback.ko").touch()
    assert not read_module(tmp_path, "6.5.0").installed


def test_windows_takes_unity_capture_under_our_name_before_obs():
    assert locate_on_windows("GazeCam", True, "GazeCam") == VirtualDevice(
        "GazeCam", "GazeCam", "unitycapture"
    )


def test_windows_leaves_a_filter_under_another_name_alone():
    found = locate_on_windows("Unity Video Capture", False, "GazeCam")
    assert isinstance(found, Problem)
    assert "registered as 'Unity Video Capture'" in found.message


def test_windows_falls_back_to_obs():
    expected = VirtualDevice("OBS Virtual Camera", "OBS Virtual Camera", "obs")
    assert locate_on_windows(None, True, "GazeCam") == expected


def test_windows_without_either_is_told_how_to_register():
    found = locate_on_windows(None, False, "GazeCam")
    assert isinstance(found, Problem)
    assert '"/i:UnityCaptureName=GazeCam"' in found.fix


def test_macos_takes_obs_once_its_extension_shows():
    found = locate_on_macos(["FaceTime HD Camera", "OBS Virtual Camera"])
    assert found == VirtualDevice("OBS Virtual Camera", "OBS Virtual Camera", "obs")
    assert isinstance(locate_on_macos(["FaceTime HD Camera"]), Problem)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux's sysfs")
def test_a_missing_device_is_a_sink_error_that_ends_with_the_fix():
    with pytest.raises(SinkUnavailable, match=r"\. To fix it: "):
        find_virtual_camera("No Such Label")
