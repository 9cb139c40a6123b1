"""What the PipeWire camera does where there is no PipeWire; a real one runs in ``tests/e2e``."""

import struct
import sys
import threading
from fractions import Fraction

import cv2
import numpy as np
import pytest

from vcam.errors import SinkUnavailable
from vcam.sinks import pipewire_library
from vcam.sinks.pipewire import PipeWireSink, yuy2
from vcam.sinks.pipewire_graph import Graph
from vcam.sinks.pipewire_pod import header_meta, yuy2_buffers, yuy2_format

LINK, METADATA = "PipeWire:Interface:Link", "PipeWire:Interface:Metadata"


def link(source: int, target: int) -> dict[str, str]:
    return {"link.output.node": str(source), "link.input.node": str(target)}


def test_another_system_is_told_to_use_the_virtual_camera(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(SinkUnavailable, match="this is darwin; use --sink virtual"):
        PipeWireSink((640, 480), 30)


def test_without_the_library_each_family_of_systems_gets_its_command(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr(pipewire_library, "NAME", "libpipewire-of-no-machine.so")
    with pytest.raises(SinkUnavailable) as caught:
        PipeWireSink((640, 480), 30)
    for command in ("apt install", "dnf install", "pacman -S"):
        assert f"sudo {command} pipewire wireplumber" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="takes the C library for an old PipeWire")
def test_a_library_without_the_functions_is_told_to_be_too_old(monkeypatch):
    monkeypatch.setattr(pipewire_library, "NAME", "libc.so.6")
    with pytest.raises(SinkUnavailable, match=r"this PipeWire is too old .*pw_init"):
        PipeWireSink((640, 480), 30)


def test_a_size_of_nothing_is_refused(monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(SinkUnavailable, match="expected a size of 2x2 px or more"):
        PipeWireSink((1, 480), 30)


@pytest.mark.parametrize("size", [(64, 48), (66, 50)])
def test_yuy2_means_the_same_picture(size):
    width, height = size
    noise = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    image = cv2.GaussianBlur(noise, (0, 0), 6)  # colors are stored for 2x2 px, so that finer ones are lost
    packed = yuy2(image)
    assert packed.shape == (height, width, 2)
    assert packed.flags.c_contiguous
    back = cv2.cvtColor(packed, cv2.COLOR_YUV2BGR_YUY2)
    assert np.abs(back.astype(int) - image).mean() < 1.5


def test_the_format_is_written_as_the_library_reads_it():
    pod = yuy2_format((640, 480), Fraction(30))
    size, kind, object_kind, purpose = struct.unpack_from("4I", pod)
    assert (size, kind, object_kind, purpose) == (len(pod) - 8, 15, 0x40003, 3)
    assert struct.pack("6I", 0x20003, 0, 8, 10, 640, 480) in pod
    assert struct.pack("6I", 0x20004, 0, 8, 11, 30, 1) in pod
    assert struct.pack("6I", 0x20001, 0, 4, 3, 4, 0) in pod


@pytest.mark.parametrize("pod", [yuy2_buffers((640, 480), (4, 2, 8)), header_meta()])
def test_every_part_of_a_pod_starts_at_a_multiple_of_eight(pod):
    end, at = 8 + struct.unpack_from("I", pod)[0], 16
    while at < end:
        at += 16 + (struct.unpack_from("I", pod, at + 8)[0] + 7 & ~7)
    assert at == end == len(pod)


def test_only_the_links_of_the_camera_count_and_a_reader_counts_once():
    graph = Graph()
    graph.follow(36)
    for number, ends in enumerate([link(36, 50), link(36, 50), link(36, 51), link(7, 52)]):
        graph.added(number, LINK, ends)
    assert graph.readers == 2
    graph.removed(2)
    assert graph.readers == 1
    graph.lost()
    assert graph.readers == 0


def test_news_are_of_the_camera_alone():
    graph = Graph()
    graph.follow(36)
    before = graph.news
    graph.added(1, LINK, link(7, 50))
    graph.removed(1)
    assert not graph.wait(before, 0.0)
    graph.added(2, LINK, link(36, 50))
    assert graph.wait(before, 0.0)


def test_a_session_manager_that_comes_in_time_is_seen():
    graph = Graph()
    graph.added(1, METADATA, {"metadata.name": "settings"})  # the daemon's own
    assert not graph.await_manager(0.0)
    later = threading.Timer(0.02, graph.added, (2, METADATA, {"metadata.name": "default"}))
    later.start()
    assert graph.await_manager(30.0)
    later.join()
