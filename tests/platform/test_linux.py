import os
import struct
from pathlib import Path

import pytest

from vcam.platform.linux import Abilities, holders, parse_abilities, video_nodes

CAPTURE, OUTPUT, METADATA, STREAMING, DEVICE_CAPS = 0x1, 0x2, 0x00800000, 0x04000000, 0x80000000


def answer(driver: bytes, capabilities: int, device_caps: int) -> bytes:
    return struct.pack("16s32s32s3I12x", driver, b"Card", b"usb-1", 0x060100, capabilities, device_caps)


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    names = {
        "video0": "Integrated Camera: Integrated C\n",
        "video1": "Integrated Camera: Integrated C\n",
        "video10": "GazeCam\n",
        "video2": "HD Pro Webcam C920\n",
        "v4l-subdev0": "ov5640 1-003c\n",
        "vbi0": "Capture card\n",
    }
    for entry, name in names.items():
        (tmp_path / entry).mkdir()
        (tmp_path / entry / "name").write_text(name)
    return tmp_path


def test_a_camera_captures():
    found = parse_abilities(answer(b"uvcvideo", CAPTURE | STREAMING | DEVICE_CAPS, CAPTURE | STREAMING))
    assert found == Abilities("uvcvideo", captures=True, outputs=False)


def test_the_metadata_node_of_a_camera_does_not_capture():
    found = parse_abilities(answer(b"uvcvideo", CAPTURE | METADATA | DEVICE_CAPS, METADATA | STREAMING))
    assert found == Abilities("uvcvideo", captures=False, outputs=False)


def test_an_old_driver_without_abilities_per_node_is_believed_as_a_whole():
    assert parse_abilities(answer(b"gspca", CAPTURE | STREAMING, 0)).captures


def test_a_device_with_several_planes_captures():
    assert parse_abilities(answer(b"rkisp", 0x1000 | DEVICE_CAPS, 0x1000)).captures


def test_nodes_come_by_number_with_their_names_and_without_other_device_kinds(sysfs):
    nodes = video_nodes(sysfs, lambda _: Abilities("uvcvideo", captures=True, outputs=False))
    assert [node.path for node in nodes] == ["/dev/video0", "/dev/video1", "/dev/video2", "/dev/video10"]
    assert [node.name for node in nodes][2:] == ["HD Pro Webcam C920", "GazeCam"]


def test_a_node_that_may_not_be_opened_stays_in_the_list_with_its_reason(sysfs):
    def query(path: str) -> Abilities:
        if path == "/dev/video2":
            raise PermissionError(13, "Permission denied", path)
        return Abilities("uvcvideo", captures=True, outputs=False)

    closed = video_nodes(sysfs, query)[2]
    assert not closed.captures
    assert isinstance(closed.problem, PermissionError)


def test_a_camera_unplugged_while_listing_is_left_out(sysfs):
    (sysfs / "video2" / "name").unlink()
    nodes = video_nodes(sysfs, lambda _: Abilities("uvcvideo", captures=True, outputs=False))
    assert [node.path for node in nodes] == ["/dev/video0", "/dev/video1", "/dev/video10"]


def test_a_machine_without_video_devices_has_no_nodes(tmp_path):
    assert video_nodes(tmp_path / "missing") == []


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system has no /proc")
def test_the_programs_that_have_a_file_open_are_named(tmp_path):
    path = tmp_path / "device"
    with path.open("w"):
        assert [holder for holder in holders(str(path)) if f"({os.getpid()})" in holder]
    assert holders(str(path)) == []
