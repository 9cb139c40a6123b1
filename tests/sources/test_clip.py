import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import (
    RATE,
    SIZE,
    STEP,
    TICKS,
    Recipe,
    corner_of_the_mark,
    cut_in_half,
    number_of,
    numbered,
    write_clip,
    write_size_change,
    write_sound_only,
)
from tests.sources.contract import FrameSourceContract
from vcam.errors import ConfigError, SourceUnavailable
from vcam.sources import open_source
from vcam.sources.clip import ClipSource
from vcam.sources.demo import DemoSource
from vcam.stages import FrameSource
from vcam.types import Frame

IMAGES = [numbered(i) for i in range(10)]


def read_all(source: FrameSource) -> list[Frame]:
    frames: list[Frame] = []
    while (frame := source.read()) is not None:
        frames.append(frame)
    source.close()
    return frames


def clip_frames(path: Path) -> list[Frame]:
    return read_all(ClipSource(path, realtime=False, loop=False))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", IMAGES)


class TestClip(FrameSourceContract):
    @pytest.fixture
    def source(self, clip: Path) -> Iterator[FrameSource]:
        source = ClipSource(clip, realtime=False, loop=False)
        yield source
        source.close()


class TestClipInRealTime(FrameSourceContract):
    @pytest.fixture
    def source(self, clip: Path) -> Iterator[FrameSource]:
        source = ClipSource(clip, realtime=True, loop=True)
        yield source
        source.close()


class TestPicture(FrameSourceContract):
    @pytest.fixture
    def source(self, tmp_path: Path) -> Iterator[FrameSource]:
        cv2.imwrite(str(tmp_path / "still.png"), IMAGES[0])
        source = ClipSource(tmp_path / "still.png", realtime=True, loop=False, still_fps=100)
        yield source
        source.close()


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("h264.mp4", Recipe()),
        ("mpeg4.avi", Recipe("mpeg4", options=(("qscale", "2"),))),
        ("ffv1.mkv", Recipe("ffv1", "bgr0", options=())),
        ("ten_bit.mkv", Recipe("ffv1", "yuv420p10le", options=())),
        ("vp9.webm", Recipe("libvpx-vp9", options=(("crf", "10"), ("b", "0")))),
        ("motion.mov", Recipe("mjpeg", "yuvj420p", options=(("qscale", "2"),))),
    ],
)
def test_every_frame_comes_in_order_whatever_the_codec(tmp_path: Path, name: str, recipe: Recipe) -> None:
    frames = clip_frames(write_clip(tmp_path / name, IMAGES, recipe=recipe))
    assert [number_of(frame.image) for frame in frames] == list(range(10))
    assert [frame.index for frame in frames] == list(range(10))


def test_uneven_timestamps_are_kept(tmp_path: Path) -> None:
    ticks = [0, 100, 1500, 1501, 9000]
    frames = clip_frames(write_clip(tmp_path / "uneven.mp4", IMAGES[:5], ticks))
    assert [frame.captured_at for frame in frames] == pytest.approx(
        [float(t * TICKS) for t in ticks], abs=1e-9
    )


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_clip_filmed_sideways_or_mirrored_stands_upright(
    tmp_path: Path, rotation: int, mirrored: bool
) -> None:
    # the display matrix turns counterclockwise by `rotation` and then mirrors, so the opposite is stored
    stored = [image[:, ::-1] if mirrored else image for image in IMAGES[:3]]
    stored = [np.ascontiguousarray(np.rot90(image, -rotation // 90)) for image in stored]
    path = write_clip(tmp_path / "turned.mp4", stored, recipe=Recipe(rotation=rotation, mirrored=mirrored))
    source = ClipSource(path, realtime=False, loop=False)
    assert source.size == SIZE
    frames = read_all(source)
    assert [corner_of_the_mark(frame.image) for frame in frames] == ["upper left"] * 3
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2]


@pytest.mark.parametrize("tag", range(1, 9))
def test_a_picture_stands_upright_as_its_exif_says(tmp_path: Path, tag: int) -> None:
    path = tmp_path / "turned.png"
    exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" + bytes([tag]) + b"\0\0\0\0\0\0\0"
    chunks = [np.frombuffer(exif, np.uint8)]
    cv2.imwriteWithMetadata(str(path), numbered(3), [cv2.IMAGE_METADATA_EXIF], chunks)
    (frame,) = clip_frames(path)
    assert np.array_equal(frame.image, cv2.imread(str(path), cv2.IMREAD_COLOR))


def test_an_animation_is_a_clip(tmp_path: Path) -> None:
    frames = clip_frames(
        write_clip(tmp_path / "anim.gif", IMAGES[:4], recipe=Recipe("gif", "rgb8", options=()))
    )
    assert len(frames) == 4
    assert all(later.captured_at > earlier.captured_at for earlier, later in pairwise(frames))


def test_each_frame_keeps_its_own_size(tmp_path: Path) -> None:
    sizes = [(96, 64), (96, 64), (64, 96), (128, 80)]
    frames = clip_frames(write_size_change(tmp_path / "sizes.mkv", sizes))
    assert [(frame.width, frame.height) for frame in frames] == sizes
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2, 3]


def test_a_picture_repeats_for_ever_when_live(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), IMAGES[0])
    source = ClipSource(tmp_path / "still.png", realtime=False, loop=True, still_fps=50)
    frames = [source.read() for _ in range(200)]
    source.close()
    assert [f.captured_at for f in frames if f] == pytest.approx([i / 50 for i in range(200)])
    assert all(np.array_equal(f.image, IMAGES[0]) for f in frames if f)


def test_a_picture_is_one_frame_when_not_live(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.jpg"), IMAGES[0])
    assert len(clip_frames(tmp_path / "still.jpg")) == 1


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_grey_deep_and_transparent_pictures_become_bgr(tmp_path: Path, depth: type, channels: int) -> None:
    scale = np.iinfo(depth).max // 255
    pixels = np.full((8, 8, channels), 77 * scale, depth)
    cv2.imwrite(str(tmp_path / "still.png"), pixels)
    (frame,) = clip_frames(tmp_path / "still.png")
    assert frame.image.shape == (8, 8, 3)
    assert (frame.image == 77).all()


def test_a_loop_goes_on_without_a_seam(clip: Path) -> None:
    source = ClipSource(clip, realtime=False, loop=True)
    frames = [frame for _ in range(25) if (frame := source.read())]
    source.close()
    assert [frame.index for frame in frames] == list(range(25))
    assert [number_of(frame.image) for frame in frames] == [i % 10 for i in range(25)]
    steps = [later.captured_at - earlier.captured_at for earlier, later in pairwise(frames)]
    assert steps == pytest.approx([1 / RATE] * 24)


def test_in_real_time_no_frame_comes_before_it_is_due(tmp_path: Path) -> None:
    ticks = [0, STEP, STEP * 4, STEP * 5]
    source = ClipSource(write_clip(tmp_path / "c.mp4", IMAGES[:4], ticks), realtime=True, loop=False)
    start = time.perf_counter()
    arrivals: list[tuple[Frame, float]] = []
    while (frame := source.read()) is not None:
        arrivals.append((frame, time.perf_counter()))
    source.close()
    assert all(arrived >= frame.captured_at - 1e-3 for frame, arrived in arrivals)
    offsets = [frame.captured_at - arrivals[0][0].captured_at for frame, _ in arrivals]
    assert offsets == pytest.approx([float(t * TICKS) for t in ticks], abs=1e-6)
    assert arrivals[0][0].captured_at >= start


class JumpingClock:
    """A computer that sleeps: its clock stands still until it is told to jump."""

    def __init__(self) -> None:
        self.now = 1000.0

    def perf_counter(self) -> float:
        return self.now


def test_after_a_pause_a_clip_goes_on_instead_of_rushing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = JumpingClock()
    monkeypatch.setattr("vcam.sources.clip.time", clock)
    source = ClipSource(write_clip(tmp_path / "c.mp4", IMAGES[:4]), realtime=True, loop=False)
    first = source.read()
    clock.now += 60
    second, third = source.read(), source.read()
    source.close()
    assert first
    assert second
    assert third
    assert second.captured_at == pytest.approx(1060)
    assert third.captured_at == pytest.approx(1060 + 1 / RATE)


def test_closing_wakes_a_reader_that_waits_for_its_frame(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "slow.mp4", IMAGES[:2], [0, 600 * 12_800])
    source = ClipSource(path, realtime=True, loop=False)
    assert source.read() is not None
    result: list[Frame | None] = []
    reader = threading.Thread(target=lambda: result.append(source.read()))
    reader.start()
    source.close()
    reader.join(timeout=20)
    assert result == [None]


@pytest.mark.parametrize("name", ["100%03d take.mp4", "a:b.mp4", "Gesicht für später.mp4"])
def test_names_that_ffmpeg_would_take_for_something_else_are_just_names(tmp_path: Path, name: str) -> None:
    if os.name == "nt" and ":" in name:
        pytest.skip("Windows has no colon in names")
    assert len(clip_frames(write_clip(tmp_path / "c.mp4", IMAGES).rename(tmp_path / name))) == 10


def test_the_content_decides_not_the_ending(tmp_path: Path) -> None:
    video = write_clip(tmp_path / "c.mp4", IMAGES).rename(tmp_path / "c.jpg")
    assert len(clip_frames(video)) == 10


def test_a_picture_with_a_pattern_in_its_name_is_one_picture(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a%01d.png"), IMAGES[0])
    assert len(clip_frames(tmp_path / "a%01d.png")) == 1


def test_a_playlist_cannot_make_us_touch_the_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/part.ts"
        playlist = ["#EXTM3U", "#EXT-X-TARGETDURATION:4", "#EXTINF:4,", address, "#EXT-X-ENDLIST", ""]
        (tmp_path / "list.m3u8").write_text("\n".join(playlist))
        with pytest.raises(SourceUnavailable):
            ClipSource(tmp_path / "list.m3u8", realtime=False, loop=False)
        with pytest.raises(BlockingIOError):  # nobody called
            server.accept()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"nothing\.mp4: no such file"):
        ClipSource(tmp_path / "nothing.mp4", realtime=False, loop=False)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="is a folder"):
        ClipSource(tmp_path, realtime=False, loop=False)


@pytest.mark.skipif(os.name == "nt", reason="needs a device file")
def test_a_device_file_is_refused_with_the_way_to_name_a_camera() -> None:
    with pytest.raises(SourceUnavailable, match="camera:NAME"):
        ClipSource(Path("/dev/null"), realtime=False, loop=False)


@pytest.mark.parametrize("name", ["zero.mp4", "zero.png"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(SourceUnavailable, match="empty"):
        ClipSource(tmp_path / name, realtime=False, loop=False)


@pytest.mark.parametrize("name", ["text.mp4", "text.png", "text"])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Dear diary, today I looked at the screen again.\n" * 50)
    with pytest.raises(SourceUnavailable, match=name):
        ClipSource(tmp_path / name, realtime=False, loop=False)


def test_sound_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="no video stream in the file; its streams: audio"):
        ClipSource(write_sound_only(tmp_path / "sound.m4a"), realtime=False, loop=False)


def test_a_clip_without_its_index_is_refused(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[:-900])
    with pytest.raises(SourceUnavailable, match="incomplete"):
        ClipSource(tmp_path / "cut.mp4", realtime=False, loop=False)


def test_a_cut_off_picture_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "whole.png"), IMAGES[0])
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:60])
    with pytest.raises(SourceUnavailable, match=r"cut\.png"):
        ClipSource(tmp_path / "cut.png", realtime=False, loop=False)


def test_a_clip_cut_in_the_middle_plays_until_there_and_says_where(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noise = np.random.default_rng(1).integers(0, 60, (100, SIZE[1], SIZE[0], 3), np.uint8)
    whole = write_clip(tmp_path / "whole.mp4", [numbered(0) // 2 + grain for grain in noise])
    with caplog.at_level(logging.WARNING):
        frames = clip_frames(cut_in_half(whole, tmp_path / "cut.mp4"))
    assert 20 < len(frames) < 80
    assert f"cut off after frame {len(frames)}" in caplog.text


class Camera:
    """Stands for whatever ``open_camera`` returns."""


@pytest.mark.parametrize(
    ("spec", "name"), [("camera", None), ("camera:", None), ("camera:1", "1"), ("camera:HD: Pro", "HD: Pro")]
)
def test_a_camera_is_asked_for_by_name_or_number(spec: str, name: str | None) -> None:
    asked: list[str | None] = []

    def open_camera(which: str | None) -> FrameSource:
        asked.append(which)
        return camera

    camera: FrameSource = Camera()  # pyright: ignore[reportAssignmentType]
    assert open_source(spec, fps=30, open_camera=open_camera) is camera
    assert asked == [name]


def no_camera(_name: str | None) -> FrameSource:
    raise AssertionError("a file is no camera")


def test_any_other_spec_is_a_path(clip: Path) -> None:
    source = open_source(str(clip), fps=30, open_camera=no_camera, realtime=False)
    assert len(read_all(source)) == 10


def test_a_picture_repeats_at_the_rate_asked_for(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), IMAGES[0])
    source = open_source(str(tmp_path / "still.png"), fps=12, open_camera=no_camera)
    assert source.fps == pytest.approx(12)
    source.close()


def test_an_empty_spec_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="expected camera"):
        open_source("", fps=30, open_camera=no_camera)


def test_the_demo_comes_with_the_package() -> None:
    source = open_source("demo", fps=30, open_camera=no_camera)
    assert isinstance(source, DemoSource)
    assert source.read() is not None
    source.close()
    assert source.read() is None
