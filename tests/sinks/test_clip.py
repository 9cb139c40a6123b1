import logging
import os
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.clips import number_of, numbered, read_images, read_times
from tests.sinks.contract import FrameSinkContract, gray_frame
from vcam.errors import ConfigError, SinkError, SinkUnavailable
from vcam.sinks import open_sink
from vcam.sinks.clip import ClipSink
from vcam.stages import FrameSink
from vcam.types import Frame

if sys.platform != "win32":
    import resource

ENDINGS = [".mp4", ".m4v", ".mov", ".mkv", ".webm"]


def frames_at(times: list[float], size: tuple[int, int] = (96, 64)) -> list[Frame]:
    return [Frame(i, t, numbered(i, size)) for i, t in enumerate(times)]


def send_all(sink: FrameSink, frames: list[Frame]) -> None:
    for frame in frames:
        sink.send(frame)


def record(path: Path, frames: list[Frame], *, lossless: bool = False) -> Path:
    sink = ClipSink(path, fps=25, lossless=lossless)
    send_all(sink, frames)
    sink.close()
    return path


class TestClipSink(FrameSinkContract):
    @pytest.fixture
    def sink(self, tmp_path: Path) -> Iterator[FrameSink]:
        sink = ClipSink(tmp_path / "out.mp4", fps=25)
        yield sink
        sink.close()


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_holds_every_frame(tmp_path: Path, ending: str) -> None:
    path = record(tmp_path / f"out{ending}", frames_at([5 + i / 25 for i in range(12)]))
    assert [number_of(image) for image in read_images(path)] == list(range(12))


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_odd_size_is_kept(tmp_path: Path, ending: str) -> None:
    path = record(tmp_path / f"out{ending}", frames_at([0.0, 0.04], (97, 65)))
    assert [image.shape for image in read_images(path)] == [(65, 97, 3)] * 2


def test_a_dropped_frame_leaves_a_pause_instead_of_speeding_the_clip_up(tmp_path: Path) -> None:
    path = record(tmp_path / "out.mp4", frames_at([100.0, 100.04, 100.2, 100.24]))
    assert read_times(path) == [0, Fraction(1, 25), Fraction(1, 5), Fraction(6, 25)]


def test_a_frame_that_is_sent_again_is_not_written_twice(tmp_path: Path) -> None:
    first, second = frames_at([7.0, 7.04])
    path = record(tmp_path / "out.mp4", [first, first, second, second, first])
    assert read_times(path) == [0, Fraction(1, 25)]


def test_without_loss_every_bit_is_kept(tmp_path: Path) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (3, 63, 97, 3), np.uint8)
    frames = [Frame(i, i / 25, image) for i, image in enumerate(noise)]
    images = read_images(record(tmp_path / "out.mkv", frames, lossless=True))
    assert np.array_equal(images, noise)


def test_colors_survive(tmp_path: Path) -> None:
    bgr = (180, 60, 30)
    frames = [Frame(i, i / 25, np.full((64, 96, 3), bgr, np.uint8)) for i in range(3)]
    image = read_images(record(tmp_path / "out.mp4", frames))[1]
    assert np.abs(image.reshape(-1, 3).mean(axis=0) - bgr).max() < 3


def test_a_frame_of_another_size_is_letterboxed_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    wide = frames_at([0.0, 0.04, 0.08])
    tall = [Frame(3 + i, 0.12 + i / 25, np.full((96, 48, 3), 255, np.uint8)) for i in range(2)]
    with caplog.at_level(logging.WARNING):
        images = read_images(record(tmp_path / "out.mp4", [*wide, *tall]))
    assert [image.shape for image in images] == [(64, 96, 3)] * 5
    assert images[4][:, 44:52].mean() > 240
    assert images[4][:, :24].mean() < 15
    assert caplog.text.count("letterboxed") == 1


def test_nothing_appears_until_the_end(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    sink = ClipSink(path, fps=25)
    send_all(sink, frames_at([i / 25 for i in range(5)]))
    assert not path.exists()
    sink.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.mp4"]


def test_an_older_file_is_replaced_only_by_a_complete_one(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"the older recording")
    sink = ClipSink(path, fps=25)
    sink.send(gray_frame(0))
    assert path.read_bytes() == b"the older recording"
    sink.close()
    assert len(read_images(path)) == 1


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    link = tmp_path / "out.mp4"
    link.symlink_to(tmp_path / "disk" / "real.mp4")
    record(link, [gray_frame(0)])
    assert link.is_symlink()
    assert len(read_images(tmp_path / "disk" / "real.mp4")) == 1


def test_a_recording_without_frames_leaves_no_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        ClipSink(tmp_path / "out.mp4", fps=25).close()
    assert list(tmp_path.iterdir()) == []
    assert "no frame came" in caplog.text


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (40, 480, 640, 3), np.uint8)
    sink = ClipSink(tmp_path / "out.mkv", fps=25, lossless=True)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, limits[1]))
    try:
        with pytest.raises(SinkError, match="make room"):
            send_all(sink, [Frame(index, index / 25, image) for index, image in enumerate(noise)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    sink.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out.xyz", "out", "out.gif"])
def test_an_unknown_ending_is_a_wrong_setting_that_names_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"known: \.mp4, \.m4v, \.mov, \.mkv, \.webm"):
        ClipSink(tmp_path / name, fps=25)


def test_without_loss_only_mkv_will_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--lossless needs a file ending in \.mkv, got \.mp4"):
        ClipSink(tmp_path / "out.mp4", fps=25, lossless=True)


def test_a_missing_folder_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SinkUnavailable, match="cannot write into"):
        ClipSink(tmp_path / "nowhere" / "out.mp4", fps=25)


def test_a_folder_is_no_file_to_write(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(SinkUnavailable, match="is a folder"):
        ClipSink(tmp_path / "out.mp4", fps=25)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_write_protected_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_bytes(b"mine")
    path.chmod(0o400)
    with pytest.raises(SinkUnavailable, match="write-protected"):
        ClipSink(path, fps=25)


def no_camera() -> FrameSink:
    raise AssertionError("a file is no camera")


def test_a_path_opens_a_recording(tmp_path: Path) -> None:
    sink = open_sink(str(tmp_path / "out.mp4"), fps=25, open_virtual=no_camera)
    sink.send(gray_frame(0))
    sink.close()
    assert len(read_images(tmp_path / "out.mp4")) == 1


def test_virtual_opens_the_virtual_camera(tmp_path: Path) -> None:
    camera = ClipSink(tmp_path / "stands_for_a_camera.mp4", fps=25)
    assert open_sink("virtual", fps=25, open_virtual=lambda: camera) is camera
    camera.close()


def test_an_empty_spec_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="expected virtual, preview"):
        open_sink("", fps=25, open_virtual=no_camera)
