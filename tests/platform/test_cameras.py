import json
import sys

import pytest
from av.device import DeviceInfo

from vcam.errors import SourceUnavailable
from vcam.platform import macos, windows
from vcam.platform.cameras import Camera, choose_camera, numbered

LAPTOP = Camera("Integrated Camera: Integrated C", "/dev/video0", virtual=False)
LOGITECH = Camera("HD Pro Webcam C920", "/dev/video2", virtual=False)
GAZECAM = Camera("GazeCam", "/dev/video10", virtual=True)
OBS = Camera("OBS Virtual Camera", "/dev/video9", virtual=True)
CAMERAS = [OBS, LAPTOP, LOGITECH, GAZECAM]

# `system_profiler SPCameraDataType -json` as macOS prints it, the cameras in the order of plugging in.
MACOS_REPORT = json.dumps(
    {
        "SPCameraDataType": [
            {
                "_name": "USB Camera",
                "spcamera_model-id": "UVC Camera VendorID_3141 ProductID_25453",
                "spcamera_unique-id": "0x11000000c45636d",
            },
            {
                "_name": "FaceTime HD Camera",
                "spcamera_model-id": "FaceTime HD Camera",
                "spcamera_unique-id": "47B4B64B-7067-4B9C-AD2B-AE273A71F4B5",
            },
            {
                "_name": "iPhone Camera",
                "spcamera_model-id": "iPhone15,2",
                "spcamera_unique-id": "0A2B3C4D-0000-0000-0000-000000000001",
            },
        ]
    }
)


def test_unasked_the_first_real_camera_is_taken():
    assert choose_camera(CAMERAS, None) == LAPTOP


def test_unasked_a_virtual_camera_is_never_taken():
    with pytest.raises(
        SourceUnavailable, match=r"no camera found; there is: 9 'OBS Virtual Camera' \(virtual\)"
    ):
        choose_camera([OBS], None)


def test_a_number_is_the_devices_own_not_a_place_in_the_list():
    assert choose_camera(CAMERAS, "2") == LOGITECH


def test_an_exact_name_wins_over_names_that_contain_it():
    cameras = [Camera("Webcam Pro", 0, virtual=False), Camera("Webcam", 1, virtual=False)]
    assert choose_camera(cameras, "webcam").number == 1


@pytest.mark.parametrize("wanted", ["c920", "HD PRO WEBCAM C920", "/dev/video2"])
def test_part_of_a_name_in_any_case_or_the_path_is_enough(wanted):
    assert choose_camera(CAMERAS, wanted) == LOGITECH


def test_a_name_that_fits_two_cameras_is_refused_with_both_named():
    with pytest.raises(
        SourceUnavailable, match=r"2 cameras match 'c'.*0 'Integrated.*2 'HD Pro.*by its number"
    ):
        choose_camera([LAPTOP, LOGITECH], "c")


def test_a_name_that_fits_none_is_refused_with_what_there_is():
    with pytest.raises(
        SourceUnavailable, match=r"no camera matches 'brio'; there is: .*'HD Pro Webcam C920'"
    ):
        choose_camera(CAMERAS, "brio")


@pytest.mark.parametrize("wanted", ["GazeCam", "10", "gaze"])
def test_our_own_output_is_refused_as_input(wanted):
    with pytest.raises(SourceUnavailable, match="is GazeCam's own output"):
        choose_camera(CAMERAS, wanted)


def test_another_virtual_camera_is_taken_when_asked_for():
    assert choose_camera(CAMERAS, "obs") == OBS


def test_cameras_that_may_not_be_opened_are_named_with_the_way_in():
    with pytest.raises(SourceUnavailable, match="without permission /dev/video0 'Laptop'; run: sudo usermod"):
        choose_camera([], None, closed=["/dev/video0 'Laptop'"])


def test_virtual_cameras_are_told_by_name_where_the_system_does_not_say():
    names = ["Integrated Camera", "OBS Virtual Camera", "GazeCam", "Unity Video Capture"]
    assert [camera.virtual for camera in numbered(names)] == [False, True, True, True]
    assert [camera.number for camera in numbered(names)] == [0, 1, 2, 3]


def test_macos_names_come_in_opencvs_order_which_is_by_unique_id():
    assert macos.parse_names(MACOS_REPORT) == ["iPhone Camera", "USB Camera", "FaceTime HD Camera"]


def test_a_mac_without_cameras_has_an_empty_list():
    assert macos.parse_names('{"SPCameraDataType": []}') == []


@pytest.mark.skipif(sys.platform == "darwin", reason="there the command exists")
def test_a_missing_macos_command_is_a_source_error():
    with pytest.raises(SourceUnavailable, match="cannot list the cameras with system_profiler"):
        macos.camera_names()


def test_windows_microphones_do_not_shift_the_camera_numbers():
    devices = [
        DeviceInfo("@device_pnp_1", "Integrated Camera", is_default=False, media_types=["video"]),
        DeviceInfo("@device_sw_2", "OBS Virtual Camera", is_default=False, media_types=[]),
        DeviceInfo("@device_cm_3", "Microphone Array", is_default=False, media_types=["audio"]),
    ]
    assert windows.video_names(devices) == ["Integrated Camera", "OBS Virtual Camera"]


@pytest.mark.skipif(sys.platform == "win32", reason="there DirectShow exists")
def test_a_system_without_directshow_is_a_source_error():
    with pytest.raises(SourceUnavailable, match="through DirectShow"):
        windows.camera_names()
