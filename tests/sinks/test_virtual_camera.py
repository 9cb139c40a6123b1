import errno
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvirtualcam
from pyvirtualcam.camera import BACKENDS

from tests.sinks.contract import FrameSinkContract
from vcam.errors import SinkError, SinkUnavailable
from vcam.sinks.virtual_camera import NEUTRAL_GRAY, VirtualCameraSink, fit
from vcam.stages import FrameSink
from vcam.types import Frame, Image

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="v4l2loopback is Linux's")


class MemoryCamera:
    """A pyvirtualcam backend that keeps the pictures it is sent."""

    opened: "MemoryCamera"
    broken: OSError | None = None

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str) -> None:
        del fps, fourcc
        if device == "taken":
            raise RuntimeError("somebody has it")
        self.size = (width, height)
        self.pictures: list[Image] = []
        self.closed = 0
        MemoryCamera.opened = self

    def send(self, frame: Image) -> None:
        if MemoryCamera.broken:
            raise MemoryCamera.broken
        self.pictures.append(frame.reshape(self.size[1], self.size[0], 3).copy())

    def close(self) -> None:
        self.closed += 1

    def device(self) -> str:
        return "memory"

    def native_fourcc(self) -> None:
        return None


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    monkeypatch.setattr(MemoryCamera, "broken", None)
    monkeypatch.setattr("pyvirtualcam.camera.BACKENDS", dict(BACKENDS))
    pyvirtualcam.register_backend("memory", MemoryCamera)


def frame(width: int, height: int) -> Frame:
    return Frame(0, 0.0, np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8))


class TestVirtualCamera(FrameSinkContract):
    @pytest.fixture
    def sink(self) -> Iterator[FrameSink]:
        sink = VirtualCameraSink("memory", "memory", (96, 64), 30)
        yield sink
        sink.close()


def test_a_frame_of_the_devices_size_arrives_unchanged():
    sink, sent = VirtualCameraSink("memory", "memory", (64, 36), 30), frame(64, 36)
    sink.send(sent)
    np.testing.assert_array_equal(MemoryCamera.opened.pictures[0], sent.image)


def test_a_frame_of_another_size_is_fitted_between_bars():
    sink = VirtualCameraSink("memory", "memory", (64, 36), 30)
    sink.send(Frame(0, 0.0, np.full((72, 72, 3), 200, np.uint8)))
    picture = MemoryCamera.opened.pictures[0]
    assert picture.shape == (36, 64, 3)
    assert (picture[:, 14:50] == 200).all()
    assert not picture[:, :14].any()
    assert not picture[:, 50:].any()


def test_an_odd_size_loses_its_last_row_and_column_and_nothing_is_scaled():
    sink, sent = VirtualCameraSink("memory", "memory", (65, 37), 30), frame(65, 37)
    assert sink.size == (64, 36)
    sink.send(sent)
    np.testing.assert_array_equal(MemoryCamera.opened.pictures[0], sent.image[:36, :64])


@pytest.mark.parametrize("shape", [(720, 1280), (1280, 720), (1, 1), (2160, 2), (36, 65)])
def test_any_frame_fits(shape):
    assert fit(np.zeros((*shape, 3), np.uint8), (64, 36)).shape == (36, 64, 3)


def test_the_last_picture_is_plain_gray():
    sink = VirtualCameraSink("memory", "memory", (64, 36), 30)
    sink.send(frame(64, 36))
    sink.close()
    assert (MemoryCamera.opened.pictures[-1] == NEUTRAL_GRAY).all()
    assert MemoryCamera.opened.closed == 1


def test_closing_twice_closes_the_device_once():
    sink = VirtualCameraSink("memory", "memory", (64, 36), 30)
    sink.close()
    sink.close()
    assert MemoryCamera.opened.closed == 1
    assert len(MemoryCamera.opened.pictures) == 1


def test_sending_after_closing_is_an_error():
    sink = VirtualCameraSink("memory", "memory", (64, 36), 30)
    sink.close()
    with pytest.raises(SinkError, match="virtual camera memory is closed"):
        sink.send(frame(64, 36))


def test_a_device_that_fails_raises_and_is_still_closed(monkeypatch, caplog):
    sink = VirtualCameraSink("memory", "memory", (64, 36), 30)
    monkeypatch.setattr(MemoryCamera, "broken", OSError(errno.ENODEV, "No such device"))
    with pytest.raises(SinkError, match=r"virtual camera memory takes no frames: .*No such device"):
        sink.send(frame(64, 36))
    with caplog.at_level(logging.WARNING):
        sink.close()
    assert MemoryCamera.opened.closed == 1
    assert "no neutral picture left" in caplog.text


def test_a_device_that_does_not_open_says_why():
    with pytest.raises(SinkUnavailable, match="virtual camera taken does not open at 64x36: somebody has it"):
        VirtualCameraSink("taken", "memory", (64, 36), 30)


def test_a_backend_of_another_system_is_refused_with_those_there_are():
    with pytest.raises(SinkUnavailable, match=r"no backend 'directx' on this system; it has: .*memory"):
        VirtualCameraSink("GazeCam", "directx", (64, 36), 30)


def test_a_size_without_pixels_is_refused():
    with pytest.raises(SinkUnavailable, match=r"expected a size of 2x2 px or more, got \(1, 1\)"):
        VirtualCameraSink("memory", "memory", (1, 1), 30)


@on_linux
def test_a_loopback_that_is_not_there_is_named():
    with pytest.raises(SinkUnavailable, match=r"virtual camera /dev/video99 does not open.*No such file"):
        VirtualCameraSink("/dev/video99", "v4l2loopback", (64, 36), 30)


@on_linux
def test_a_file_that_is_no_video_device_is_refused_and_not_written(tmp_path: Path):
    path = tmp_path / "notes.txt"
    path.write_text("keep me")
    with pytest.raises(SinkUnavailable, match="Inappropriate ioctl for device"):
        VirtualCameraSink(str(path), "v4l2loopback", (64, 36), 30)
    assert path.read_text() == "keep me"


@on_linux
def test_a_failed_write_is_an_error_not_a_message_on_stderr():
    from vcam.sinks.v4l2 import write_i420

    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with pytest.raises(OSError, match="No space left"):
            write_i420(full, frame(64, 36).image)
    finally:
        os.close(full)


@on_linux
def test_a_picture_that_is_taken_in_part_is_an_error():
    from vcam.sinks.v4l2 import write_i420

    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        with pytest.raises(OSError, match=r"it took \d+ of 1382400 bytes of a frame"):
            write_i420(writer, frame(1280, 720).image)
    finally:
        os.close(reader)
        os.close(writer)


@on_linux
def test_readers_get_the_colors_that_were_sent():
    from vcam.sinks.v4l2 import write_i420

    sent = np.full((36, 64, 3), (60, 120, 200), np.uint8)
    reader, writer = os.pipe()
    write_i420(writer, sent)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        planes = np.frombuffer(pipe.read(), np.uint8).reshape(54, 64)
    got = cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420)
    assert np.abs(got.astype(int) - sent).max() <= 2
