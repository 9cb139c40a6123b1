import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from vcam.platform import linux, readers
from vcam.platform.readers import NodeReaders, UnknownReaders, watch_readers
from vcam.platform.virtual_device import VirtualDevice

ENDS_WITHIN_S = 20.0

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify and /proc are Linux's")


class Reader:
    """Another program that has the file open until it is told to let go."""

    def __init__(self, path: Path) -> None:
        program = f"f = open({str(path)!r}); print('open', flush=True); input()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == b"open\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def leave(self) -> None:
        self._process.communicate(b"\n")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Any file stands for the device: notices and /proc make no difference."""
    path = tmp_path / "video42"
    path.touch()
    return path


@pytest.fixture
def watch(path: Path) -> Iterator[NodeReaders]:
    with closing(NodeReaders(str(path))) as watch:
        yield watch


def until(watch: NodeReaders, count: int) -> None:
    """Wait, as the session does, until so many read."""
    deadline = time.monotonic() + ENDS_WITHIN_S
    while watch.readers() != count:
        assert time.monotonic() < deadline, f"{watch.readers()} readers, not {count}"
        watch.wait(1.0)


@on_linux
def test_nobody_reads_at_first(watch):
    assert watch.readers() == 0


@on_linux
def test_readers_that_came_before_the_watch_count(path):
    reader = Reader(path)
    with closing(NodeReaders(str(path))) as watch:
        assert watch.readers() == 1
        reader.leave()
        until(watch, 0)


@on_linux
def test_readers_come_and_go(path, watch):
    first = Reader(path)
    until(watch, 1)
    second = Reader(path)
    until(watch, 2)
    first.leave()
    until(watch, 1)
    second.leave()
    until(watch, 0)


@on_linux
def test_a_reader_that_is_killed_is_gone(path, watch):
    reader = Reader(path)
    until(watch, 1)
    reader.kill()
    until(watch, 0)


@on_linux
def test_we_ourselves_are_no_reader(path, watch):
    with path.open():
        watch.wait(0.0)
        assert watch.readers() == 0


@on_linux
def test_an_arrival_ends_the_wait(path, watch):
    timer = threading.Timer(0.1, lambda: path.open().close())
    timer.start()
    assert watch.wait(ENDS_WITHIN_S)
    timer.join()


@on_linux
def test_quiet_ends_with_the_time(watch):
    assert not watch.wait(0.01)


@on_linux
def test_an_opening_is_worth_a_second_look(path, watch):
    # the kernel tells of it before the program's list of open files shows it
    path.open().close()
    assert watch.wait(ENDS_WITHIN_S)
    assert watch.wait(ENDS_WITHIN_S)
    assert not watch.wait(0.01)


@on_linux
def test_between_notices_processes_are_not_searched(path, watch, monkeypatch):
    searches: list[str] = []

    def openers(path: str, _: Path) -> list[int]:
        searches.append(path)
        return []

    monkeypatch.setattr(linux, "openers", openers)
    monkeypatch.setattr(readers, "SETTLE_S", 0.0)
    for _ in range(100):
        watch.readers()
    assert len(searches) == 1
    path.open().close()
    assert watch.wait(ENDS_WITHIN_S)
    for _ in range(100):
        watch.readers()
    assert len(searches) == 2


@on_linux
def test_closing_ends_a_wait_on_another_thread(path):
    watch = NodeReaders(str(path))
    timer = threading.Timer(0.1, watch.close)
    timer.start()
    assert not watch.wait(ENDS_WITHIN_S)
    timer.join()
    assert watch.readers() is None
    assert not watch.wait(ENDS_WITHIN_S)
    watch.close()


@on_linux
def test_a_device_that_goes_cannot_be_told_and_is_watched_again_when_it_is_back(path, watch):
    path.unlink()
    deadline = time.monotonic() + ENDS_WITHIN_S
    while watch.readers() is not None:
        assert time.monotonic() < deadline
        watch.wait(0.1)
    path.touch()
    until(watch, 0)
    reader = Reader(path)
    until(watch, 1)
    reader.leave()


@on_linux
def test_watching_costs_no_descriptors_after_closing(path):
    before = os.listdir("/proc/self/fd")  # noqa: PTH208
    for _ in range(3):
        NodeReaders(str(path)).close()
    assert len(os.listdir("/proc/self/fd")) == len(before)  # noqa: PTH208


@pytest.mark.parametrize(
    "device",
    [
        VirtualDevice("GazeCam", "GazeCam", "unitycapture"),
        VirtualDevice("GazeCam", "/dev/video-nonexistent", "v4l2loopback"),
    ],
)
def test_where_the_system_does_not_tell_the_answer_is_none(device):
    with closing(watch_readers(device)) as watch:
        assert watch.readers() is None
        assert not watch.wait(0.01)


def test_waiting_in_vain_ends_with_closing():
    watch = UnknownReaders()
    timer = threading.Timer(0.1, watch.close)
    timer.start()
    since = time.monotonic()
    assert not watch.wait(ENDS_WITHIN_S)
    assert time.monotonic() - since < ENDS_WITHIN_S
    timer.join()
