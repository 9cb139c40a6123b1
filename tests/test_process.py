import json
import logging
import os
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import vcam
from tests.clips import (
    SIZE,
    STEP,
    TICKS,
    Recipe,
    corner_of_the_mark,
    cut_in_half,
    number_of,
    numbered,
    read_display_matrix,
    read_images,
    read_packets,
    read_times,
    write_clip,
    write_size_change,
    write_sound_only,
)
from vcam.errors import ConfigError, SinkError, SinkUnavailable, SourceUnavailable, VcamError
from vcam.process import FrameCorrector, Totals, process_file
from vcam.process.planes import patched
from vcam.sinks.clip_format import clip_format
from vcam.sinks.encoder import ColorTags, Encoder, Footage
from vcam.sources.media import MediaFile
from vcam.types import (
    Correction,
    EyeRedirection,
    EyeRegion,
    FaceTrack,
    Frame,
    Gaze,
    HeadPose,
    Image,
    Redirection,
)

IMAGES = [numbered(i) for i in range(10)]
BOX = (slice(6, 14), slice(40, 60))
OUTSIDE = np.ones((SIZE[1], SIZE[0]), bool)
OUTSIDE[BOX] = False


class BoxCorrector:
    """Brightens a known box by 40 in the upright frame; every third frame passes through."""

    def __init__(self) -> None:
        self.seen: list[Frame] = []
        self.closed = False

    def correct(self, frame: Frame) -> Correction:
        self.seen.append(frame)
        stage_ms = {"track": 2.0 + frame.index, "gaze": 1.0}
        if frame.index % 3 == 2:
            return Correction(frame, frame, None, None, None, "no face", stage_ms)
        image = frame.image.copy()
        image[BOX] = np.minimum(image[BOX].astype(int) + 40, 255)
        eye = EyeRedirection(Gaze(-0.2, 0.1), Gaze(0.0, 0.05), 0.75)
        after = Frame(frame.index, frame.captured_at, image)
        return Correction(frame, after, None, None, Redirection(eye, eye), None, stage_ms)

    def close(self) -> None:
        self.closed = True


def process(source: Path, target: Path, **options: object) -> Totals:
    return process_file(source, target, make_corrector=BoxCorrector, **options)  # type: ignore[arg-type]


def never() -> FrameCorrector:
    raise AssertionError("made before the arguments were checked")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", IMAGES, recipe=Recipe(sound="aac"))


def expected_change(images: list[Image], index: int) -> Image:
    return BoxCorrector().correct(Frame(index, 0.0, images[index].copy())).frame.image


# Video: frames and timestamps


@pytest.mark.parametrize("ending", [".mp4", ".m4v", ".mov", ".mkv", ".webm"])
def test_every_frame_is_there_in_order(tmp_path: Path, clip: Path, ending: str) -> None:
    process(clip, tmp_path / f"out{ending}")
    assert [number_of(image) for image in read_images(tmp_path / f"out{ending}")] == list(range(10))


UNEVEN = [777, 1024, 1025, 5000, 5600, 6111, 20_000, 20_001, 30_000, 90_000]


@pytest.mark.parametrize("ending", [".mp4", ".mov"])
@pytest.mark.parametrize("sound", [None, "aac"])
def test_uneven_timestamps_are_kept_to_the_tick(tmp_path: Path, ending: str, sound: str | None) -> None:
    source = write_clip(tmp_path / f"in{ending}", IMAGES, UNEVEN, Recipe(sound=sound))
    process(source, tmp_path / f"out{ending}")
    assert read_times(source)[0] == UNEVEN[0] * TICKS
    assert read_times(tmp_path / f"out{ending}") == read_times(source)


@pytest.mark.parametrize("ending", [".mkv", ".webm"])
@pytest.mark.parametrize("sound", [None, "aac", "libopus"])  # coded sound starts a little before zero
def test_where_the_container_counts_milliseconds_timestamps_are_rounded_to_them(
    tmp_path: Path, ending: str, sound: str | None
) -> None:
    source = write_clip(tmp_path / "in.mp4", IMAGES, UNEVEN, Recipe(sound=sound))
    process(source, tmp_path / f"out{ending}")
    pairs = zip(read_times(source), read_times(tmp_path / f"out{ending}"), strict=True)
    assert all(abs(before - after) <= Fraction(1, 2000) for before, after in pairs)


def test_an_animation_becomes_a_video_at_its_own_pace(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.gif", IMAGES[:4], recipe=Recipe("gif", "rgb8", options=()))
    process(source, tmp_path / "out.mp4")
    assert read_times(tmp_path / "out.mp4") == read_times(source)
    before, after = read_images(source), read_images(tmp_path / "out.mp4")
    smooth = [cv2.blur(images[1], (9, 9)).astype(int) for images in (before, after)]
    assert np.abs(smooth[1] - smooth[0])[20:].mean() < 3


def test_progress_counts_every_frame(tmp_path: Path, clip: Path) -> None:
    calls: list[tuple[int, int | None]] = []
    process(clip, tmp_path / "out.mp4", progress=lambda done, total: calls.append((done, total)))
    assert calls == [(i + 1, 10) for i in range(10)]


def test_the_corrector_gets_media_time(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", IMAGES[:3], [0, STEP * 2, STEP * 5])
    corrector = BoxCorrector()
    process_file(source, tmp_path / "out.mp4", make_corrector=lambda: corrector)
    assert [frame.captured_at for frame in corrector.seen] == [
        float(t * TICKS) for t in (0, STEP * 2, STEP * 5)
    ]
    assert corrector.closed


# Video: pixels


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("in.mp4", Recipe()),
        ("bt709.mp4", Recipe(colors=(1, 1, 1, 1))),
        ("full.mp4", Recipe(pixels="yuvj420p", colors=(1, 2, 1, 1))),
        ("in.mkv", Recipe("ffv1", "yuv420p10le", options=())),
        ("in.gif", Recipe("gif", "rgb8", options=())),
        ("turned.mp4", Recipe(rotation=180)),
    ],
)
def test_without_loss_not_a_bit_changes_outside_the_eyes(tmp_path: Path, name: str, recipe: Recipe) -> None:
    grain = np.random.default_rng(2).integers(0, 20, (6, SIZE[1], SIZE[0], 3), np.uint8)
    source = write_clip(tmp_path / name, [IMAGES[i] + grain[i] for i in range(6)], recipe=recipe)
    process(source, tmp_path / "out.mkv", lossless=True)
    turn = slice(None, None, -1 if recipe.rotation else 1)
    before = [image[turn, turn] for image in read_images(source)]
    after = [image[turn, turn] for image in read_images(tmp_path / "out.mkv")]
    assert len(before) == len(after) == 6
    for index in range(6):
        assert np.array_equal(after[index], expected_change(before, index))


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("colors", [None, (1, 1, 1, 1), (6, 1, 6, 6), (1, 2, 1, 1)])
def test_with_loss_only_codec_noise_changes_outside_the_eyes(
    tmp_path: Path, ending: str, colors: tuple[int, int, int, int] | None
) -> None:
    pixels = "yuvj420p" if colors and colors[1] == 2 else "yuv420p"
    source = write_clip(tmp_path / "in.mp4", IMAGES, recipe=Recipe(pixels=pixels, colors=colors))
    process(source, tmp_path / f"out{ending}")
    before, after = read_images(source), read_images(tmp_path / f"out{ending}")
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        difference = new.astype(int) - old
        far = OUTSIDE.copy()
        far[2:18, 36:64] = False  # codec blocks reach a little beyond the box
        assert np.abs(difference[far]).mean() < 2
        assert abs(difference[far].mean()) < 1
        assert difference[BOX].mean() == pytest.approx(0 if index % 3 == 2 else 40, abs=6)


def test_patching_a_frame_leaves_the_copy_alone_from_which_the_decoder_predicts(tmp_path: Path) -> None:
    media = MediaFile(write_clip(tmp_path / "in.mp4", [IMAGES[3]] * 20))
    media.video.thread_type = "NONE"  # threads that decode ahead would hide it
    encoder: Encoder | None = None
    for frame in media.frames():
        if encoder is None:
            footage = Footage(SIZE, Fraction(25), TICKS, ColorTags.of(frame))
            encoder = Encoder(
                tmp_path / "out.mp4", clip_format(tmp_path / "out.mp4", lossless=False), footage
            )
        before = media.pixels(frame)
        assert before[BOX].mean() == pytest.approx(IMAGES[3][BOX].mean(), abs=3)
        after = before.copy()
        after[BOX] = 255
        white = patched(frame, before, after, encoder).to_ndarray(format="bgr24")
        assert white[BOX].mean() > 230
        assert np.array_equal(white[30:], before[30:])
    assert encoder is not None
    encoder.abandon()
    media.close()


def test_an_odd_size_is_kept(tmp_path: Path) -> None:
    images = [numbered(i, (97, 65)) for i in range(4)]
    source = write_clip(tmp_path / "in.mkv", images, recipe=Recipe("ffv1", "bgr0", options=()))
    process(source, tmp_path / "out.mp4")
    assert [image.shape for image in read_images(tmp_path / "out.mp4")] == [(65, 97, 3)] * 4


def test_colors_are_tagged_as_in_the_input(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", IMAGES, recipe=Recipe(colors=(1, 1, 1, 1)))
    process(source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as out:
        frame = next(out.decode(video=0))
    assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(("rotation", "mirrored"), [(90, False), (-90, False), (180, False), (90, True)])
def test_a_clip_filmed_sideways_is_corrected_upright_and_shown_as_before(
    tmp_path: Path, ending: str, rotation: int, mirrored: bool
) -> None:
    stored = [image[:, ::-1] if mirrored else image for image in IMAGES[:3]]
    stored = [np.ascontiguousarray(np.rot90(image, -rotation // 90)) for image in stored]
    source = write_clip(tmp_path / "in.mov", stored, recipe=Recipe(rotation=rotation, mirrored=mirrored))
    corrector = BoxCorrector()
    process_file(source, tmp_path / f"out{ending}", make_corrector=lambda: corrector)
    assert [corner_of_the_mark(frame.image) for frame in corrector.seen] == ["upper left"] * 3
    assert read_display_matrix(tmp_path / f"out{ending}") == read_display_matrix(source)
    assert read_images(tmp_path / f"out{ending}")[0].shape == stored[0].shape


def test_compare_puts_before_and_after_side_by_side(tmp_path: Path, clip: Path) -> None:
    process(clip, tmp_path / "out.mkv", lossless=True, compare=True)
    before, both = read_images(clip), read_images(tmp_path / "out.mkv")
    width = SIZE[0]
    for index, pair in enumerate(both):
        assert np.array_equal(pair[:, :width], before[index])
        assert np.array_equal(pair[:, width:], expected_change(before, index))


def test_compare_of_an_odd_upright_clip_has_even_sides(tmp_path: Path) -> None:
    images = [np.ascontiguousarray(np.rot90(numbered(i, (97, 65)), -1)) for i in range(2)]
    recipe = Recipe("ffv1", "bgr0", options=(), rotation=90)
    source = write_clip(tmp_path / "in.mkv", images, recipe=recipe)
    process(source, tmp_path / "out.mp4", compare=True)
    pair = read_images(tmp_path / "out.mp4")[0]
    assert pair.shape == (66, 196, 3)
    assert read_display_matrix(tmp_path / "out.mp4") is None
    assert corner_of_the_mark(pair[:, :98]) == corner_of_the_mark(pair[:, 98:]) == "upper left"


def test_frames_of_another_size_are_letterboxed_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = write_size_change(tmp_path / "in.mkv", [SIZE, SIZE, (64, 96), (64, 96), SIZE])
    with caplog.at_level(logging.WARNING):
        totals = process(source, tmp_path / "out.mp4")
    images = read_images(tmp_path / "out.mp4")
    assert totals.frames == 5
    assert [image.shape for image in images] == [(SIZE[1], SIZE[0], 3)] * 5
    assert images[2][:, :20].mean() < 15
    assert number_of(images[4]) == 4
    assert caplog.text.count("letterboxed") == 1
    assert "from frame 2 on 64x96 instead of 96x64" in caplog.text


# Video: what goes with the picture


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
def test_sound_is_copied_packet_by_packet(tmp_path: Path, clip: Path, ending: str) -> None:
    process(clip, tmp_path / f"out{ending}")
    assert read_packets(tmp_path / f"out{ending}", "audio") == read_packets(clip, "audio")


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le", "flac"])
def test_sound_that_the_container_does_not_take_is_encoded_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, codec: str
) -> None:
    source = write_clip(tmp_path / "in.mkv", IMAGES * 2, recipe=Recipe(sound=codec))
    with caplog.at_level(logging.WARNING):
        process(source, tmp_path / "out.webm")
    with av.open(str(tmp_path / "out.webm")) as out:
        assert out.streams.audio[0].codec_context.name == "opus"
        sound = np.concatenate([f.to_ndarray().mean(axis=0) for f in out.decode(audio=0)])
    assert len(sound) / 48_000 == pytest.approx(20 / 25, abs=0.05)
    spectrum = np.abs(np.fft.rfft(sound))
    assert np.argmax(spectrum) * 48_000 / len(sound) == pytest.approx(440, abs=5)
    assert "re-encoded as libopus" in caplog.text


def write_subtitled(path: Path) -> Path:
    srt = path.with_suffix(".srt")
    srt.write_text(
        "1\n00:00:00,040 --> 00:00:00,120\nLook here\n\n2\n00:00:00,160 --> 00:00:00,200\nand <i>here</i>\n"
    )
    bare = write_clip(path.with_name("bare.mkv"), IMAGES)
    with av.open(str(bare)) as video, av.open(str(srt)) as text, av.open(str(path), "w") as out:
        pictures = out.add_stream_from_template(video.streams.video[0], opaque=True)
        lines = out.add_stream_from_template(text.streams[0])
        lines.metadata["language"] = "eng"
        for stream, container in ((pictures, video), (lines, text)):
            for packet in container.demux():
                if packet.size:
                    packet.stream = stream
                    out.mux(packet)
    return path


@pytest.mark.parametrize("ending", [".mkv", ".mp4", ".webm"])
def test_subtitles_come_along(tmp_path: Path, ending: str) -> None:
    source = write_subtitled(tmp_path / "in.mkv")
    process(source, tmp_path / f"out{ending}")
    with av.open(str(tmp_path / f"out{ending}")) as out:
        stream = out.streams.subtitles[0]
        packets = [p for p in out.demux(stream) if b"ere" in bytes(p)]
        assert [p.pts * p.time_base for p in packets] == [Fraction(1, 25), Fraction(4, 25)]
        assert b"Look here" in bytes(packets[0])
        assert stream.language == "eng"


def test_title_and_chapters_are_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_clip(tmp_path / "bare.mp4", IMAGES)
    with av.open(str(tmp_path / "bare.mp4")) as bare, av.open(str(tmp_path / "in.mp4"), "w") as out:
        out.metadata["title"] = "Standup"
        halves = [("First half", 0, 200), ("Second half", 200, 400)]
        out.set_chapters(
            [
                {
                    "id": i,
                    "start": start,
                    "end": end,
                    "time_base": Fraction(1, 1000),
                    "metadata": {"title": title},
                }
                for i, (title, start, end) in enumerate(halves, start=1)
            ]
        )
        stream = out.add_stream_from_template(bare.streams.video[0], opaque=True)
        for packet in bare.demux():
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    process(tmp_path / "in.mp4", tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as out:
        assert out.metadata["title"] == "Standup"
        first, second = out.chapters()
        assert first["metadata"]["title"] == "First half"
        assert second["metadata"]["title"] == "Second half"
        assert second["start"] * second["time_base"] == Fraction(1, 5)
    assert "left out" not in caplog.text


def write_with_extras(path: Path) -> Path:
    """Matroska with a font attached and a second, small video stream."""
    bare = write_clip(path.with_name("bare.mp4"), IMAGES)
    small = write_clip(path.with_name("small.mp4"), [numbered(i, (48, 32)) for i in range(10)])
    with av.open(str(bare)) as one, av.open(str(small)) as two, av.open(str(path), "w") as out:
        out.add_attachment("font.ttf", "font/ttf", b"not really a font")
        streams = [out.add_stream_from_template(c.streams.video[0], opaque=True) for c in (one, two)]
        for stream, container in zip(streams, (one, two), strict=True):
            for packet in container.demux():
                if packet.size:
                    packet.stream = stream
                    out.mux(packet)
    return path


@pytest.mark.parametrize("ending", [".mkv", ".mp4"])
def test_attachments_and_further_videos_come_along_where_the_container_has_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, ending: str
) -> None:
    source = write_with_extras(tmp_path / "in.mkv")
    with caplog.at_level(logging.WARNING):
        process(source, tmp_path / f"out{ending}")
    with av.open(str(tmp_path / f"out{ending}")) as out:
        kinds = sorted(stream.type for stream in out.streams)
        sizes = sorted(stream.width for stream in out.streams.video)
    assert sizes == [48, 96]
    assert kinds == (["attachment", "video", "video"] if ending == ".mkv" else ["video", "video"])
    assert ("left out" in caplog.text) == (ending == ".mp4")


def test_sound_and_picture_go_on_where_one_clip_was_appended_to_another(tmp_path: Path) -> None:
    once = write_clip(tmp_path / "once.ts", IMAGES, recipe=Recipe(sound="aac")).read_bytes()
    (tmp_path / "twice.ts").write_bytes(once + once)
    process(tmp_path / "once.ts", tmp_path / "once.mp4")
    process(tmp_path / "twice.ts", tmp_path / "out.mp4")
    assert [number_of(image) for image in read_images(tmp_path / "out.mp4")] == [*range(10), *range(10)]
    times = read_times(tmp_path / "out.mp4")
    assert all(later - earlier == Fraction(1, 25) for earlier, later in pairwise(times))
    assert read_packets(tmp_path / "out.mp4", "audio") == 2 * read_packets(tmp_path / "once.mp4", "audio")


# Report and totals


def test_totals_add_up(tmp_path: Path, clip: Path) -> None:
    totals = process(clip, tmp_path / "out.mp4")
    assert totals.frames == 10
    assert totals.corrected == 7
    assert totals.passed_through == {"no face": 3}
    assert totals.stage_ms["track"].p50 == pytest.approx(6.5)
    assert totals.stage_ms["track"].p99 == pytest.approx(10.91)


def test_the_report_tells_of_every_frame(tmp_path: Path, clip: Path) -> None:
    process(clip, tmp_path / "out.mp4", report=tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert [frame["index"] for frame in report["frames"]] == list(range(10))
    assert [frame["timestamp"] for frame in report["frames"]] == [i / 25 for i in range(10)]
    first, third = report["frames"][0], report["frames"][2]
    assert first["left"]["gaze_before_deg"] == {"pitch": -11.459, "yaw": 5.73}
    assert first["right"]["target_deg"] == {"pitch": 0.0, "yaw": 2.865}
    assert first["left"]["strength"] == 0.75
    assert first["reason"] is None
    assert first["stage_ms"] == {"track": 2.0, "gaze": 1.0}
    assert third["reason"] == "no face"
    assert third["left"] is None
    totals = report["totals"]
    assert totals["frames"] == 10
    assert totals["passed_through"] == {"no face": 3}
    assert totals["stage_ms"]["gaze"] == {"p50": 1.0, "p95": 1.0, "p99": 1.0}
    assert totals["input"] == str(clip)
    assert totals["output"] == str(tmp_path / "out.mp4")
    assert totals["version"] == vcam.__version__


# Pictures


def picture(channels: int, depth: type) -> NDArray[np.generic]:
    values = np.random.default_rng(4).integers(1, np.iinfo(depth).max // 2, (SIZE[1], SIZE[0], channels))
    return np.squeeze(values.astype(depth))


@pytest.mark.parametrize(
    ("ending", "channels", "depth"),
    [
        *[(".png", channels, depth) for channels in (1, 3, 4) for depth in (np.uint8, np.uint16)],
        *[(".tiff", channels, depth) for channels in (1, 3) for depth in (np.uint8, np.uint16)],
        *[(ending, channels, np.uint8) for ending in (".bmp", ".webp") for channels in (3, 4)],
        (".bmp", 1, np.uint8),
    ],
)
def test_pictures_keep_depth_and_channels_and_every_bit_outside_the_eyes(
    tmp_path: Path, ending: str, channels: int, depth: type
) -> None:
    source, target = tmp_path / f"in{ending}", tmp_path / f"out{ending}"
    cv2.imwrite(str(source), picture(channels, depth), [cv2.IMWRITE_WEBP_QUALITY, 101])
    before = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
    totals = process(source, target, lossless=True)
    after = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
    assert (after.dtype, after.shape) == (before.dtype, before.shape)
    assert np.array_equal(after[OUTSIDE], before[OUTSIDE])
    change = after[BOX].astype(int) - before[BOX]
    brighter = 40 * (257 if depth is np.uint16 else 1)
    assert (change == brighter).all() if channels < 4 else (change == [brighter] * 3 + [0]).all()
    assert totals.frames == totals.corrected == 1


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp", ".bmp"])
def test_a_picture_turned_by_exif_is_corrected_upright_and_shown_as_before(
    tmp_path: Path, tag: int, ending: str
) -> None:
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([tag]) + b"\0\0\0\0\0\0"
    chunks = [np.frombuffer(exif, np.uint8)]
    source, target = tmp_path / "in.png", tmp_path / f"out{ending}"
    cv2.imwriteWithMetadata(str(source), numbered(3), [cv2.IMAGE_METADATA_EXIF], chunks)
    shown = cv2.imread(str(source), cv2.IMREAD_COLOR)
    expected = shown.copy()
    expected[BOX] = np.minimum(expected[BOX].astype(int) + 40, 255)
    process(source, target)
    after = cv2.imread(str(target), cv2.IMREAD_COLOR)
    assert np.abs(after.astype(int) - expected).max() <= (12 if ending == ".jpg" else 0)


def test_a_jpg_stays_close_to_what_it_was(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "in.jpg"), cv2.GaussianBlur(picture(3, np.uint8), (5, 5), 0))
    process(tmp_path / "in.jpg", tmp_path / "out.jpg")
    before, after = cv2.imread(str(tmp_path / "in.jpg")), cv2.imread(str(tmp_path / "out.jpg"))
    assert np.abs(after.astype(int) - before)[:, :32].mean() < 1


@pytest.mark.parametrize("ending", [".png", ".jpg", ".bmp", ".webp", ".tiff"])
def test_a_picture_of_one_pixel_passes_through(tmp_path: Path, ending: str) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), np.full((1, 1, 3), 77, np.uint8))
    process(tmp_path / "in.png", tmp_path / f"out{ending}")
    assert cv2.imread(str(tmp_path / f"out{ending}")).tolist() == [[[77, 77, 77]]]


def test_what_a_picture_format_cannot_hold_is_converted_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), np.full((8, 8, 4), 100 * 257, np.uint16))
    with caplog.at_level(logging.WARNING):
        process(tmp_path / "in.png", tmp_path / "out.jpg")
    after = cv2.imread(str(tmp_path / "out.jpg"), cv2.IMREAD_UNCHANGED)
    assert after.shape == (8, 8, 3)
    assert np.abs(after.astype(int) - 100).max() <= 1
    assert "16 of the input are rounded" in caplog.text
    assert "no transparency" in caplog.text


def a_face() -> FaceTrack:
    point, lid = np.zeros(2, np.float32), np.zeros((3, 2), np.float32)
    eyes = [EyeRegion(side, point, point, point, lid, lid, 5.0, 1.0, 0.3) for side in ("left", "right")]
    pose = HeadPose(np.zeros(3, np.float32), np.zeros(3, np.float32))
    return FaceTrack(1, np.zeros((478, 2), np.float32), pose, eyes[0], eyes[1], 1.0)


class EasingCorrector(BoxCorrector):
    """Brightens by one more each frame, up to 40, as a policy that eases its strength in."""

    def correct(self, frame: Frame) -> Correction:
        full = super().correct(Frame(0, frame.captured_at, frame.image))
        image = np.minimum(full.frame.image, frame.image.astype(int) + len(self.seen)).astype(np.uint8)
        return Correction(frame, Frame(0, 0.0, image), a_face(), None, full.redirection, None, {})


def test_a_picture_is_held_until_easing_has_come_to_rest(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), IMAGES[2])
    process_file(tmp_path / "in.png", tmp_path / "out.png", make_corrector=EasingCorrector)
    after = cv2.imread(str(tmp_path / "out.png"))
    assert (after[BOX].astype(int) - IMAGES[2][BOX] == 40).all()


def test_compare_of_a_picture_is_twice_as_wide(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), IMAGES[2])
    process(tmp_path / "in.png", tmp_path / "out.png", compare=True)
    both = cv2.imread(str(tmp_path / "out.png"))
    assert np.array_equal(both[:, : SIZE[0]], IMAGES[2])
    assert np.array_equal(both[:, SIZE[0] :], expected_change([IMAGES[2]], 0))


# Bad input


def write_nothing(path: Path) -> Path:
    path.touch()
    return path


def write_text(path: Path) -> Path:
    path.write_text("not a video at all\n" * 100)
    return path


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("gone.mp4", lambda path: path, "no such file"),
        ("gone.png", lambda path: path, "no such file"),
        ("empty.mp4", write_nothing, r"empty \(0 bytes\)"),
        ("empty.png", write_nothing, r"empty \(0 bytes\)"),
        ("text.mp4", write_text, "not readable"),
        ("text.jpg", write_text, "text.jpg"),
        ("sound.m4a", write_sound_only, "no video stream"),
    ],
)
def test_bad_input_is_told_before_anything_is_made(
    tmp_path: Path, name: str, write: Callable[[Path], Path], message: str
) -> None:
    source = write(tmp_path / name)
    before = set(tmp_path.iterdir())
    target = tmp_path / ("out.png" if name.endswith(("png", "jpg")) else "out.mp4")
    with pytest.raises(SourceUnavailable, match=message):
        process_file(source, target, make_corrector=BoxCorrector)
    assert set(tmp_path.iterdir()) == before


def test_a_cut_off_picture_leaves_no_output(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "whole.png"), picture(3, np.uint8))
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:50])
    with pytest.raises(SourceUnavailable):
        process(tmp_path / "cut.png", tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_a_clip_cut_in_the_middle_is_kept_until_there_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noise = np.random.default_rng(1).integers(0, 60, (100, SIZE[1], SIZE[0], 3), np.uint8)
    whole = write_clip(tmp_path / "whole.mp4", list(noise), recipe=Recipe(sound="aac"))
    cut = cut_in_half(whole, tmp_path / "cut.mp4")
    with caplog.at_level(logging.WARNING):
        totals = process(cut, tmp_path / "out.mp4")
    assert 20 < totals.frames < 80
    assert len(read_images(tmp_path / "out.mp4")) == totals.frames
    assert f"cut off after frame {totals.frames}" in caplog.text


def test_damage_in_the_middle_costs_only_the_damaged_frames(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = Recipe("ffv1", "bgr0", options=(("level", "3"), ("slicecrc", "1"), ("g", "1")))
    noise = np.random.default_rng(1).integers(0, 255, (10, SIZE[1], SIZE[0], 3), np.uint8)
    source = write_clip(tmp_path / "in.mkv", list(noise), recipe=recipe)
    victim = read_packets(source, "video")[4]
    times = read_times(source)
    source.write_bytes(source.read_bytes().replace(victim, b"\xff" * len(victim)))
    with caplog.at_level(logging.WARNING):
        process(source, tmp_path / "out.mkv", lossless=True)
    assert read_times(tmp_path / "out.mkv") == times[:4] + times[5:]
    assert "cannot be decoded: 1, the first at frame 4" in caplog.text


# Bad output


@pytest.mark.parametrize("link", ["same", "symlink", "hardlink", "dotted"])
def test_the_output_must_not_be_the_input(tmp_path: Path, clip: Path, link: str) -> None:
    target = {"same": clip, "dotted": tmp_path / "." / ".." / tmp_path.name / "clip.mp4"}.get(link)
    if target is None:
        target = tmp_path / "link.mp4"
        target.symlink_to(clip) if link == "symlink" else target.hardlink_to(clip)
    whole = clip.read_bytes()
    with pytest.raises(ConfigError, match="is the input file"):
        process_file(clip, target, make_corrector=never)
    assert clip.read_bytes() == whole


@pytest.mark.parametrize("name", ["clip.mp4", "out.mp4"])
def test_the_report_must_not_be_the_input_or_the_output(tmp_path: Path, clip: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="--report"):
        process_file(clip, tmp_path / "out.mp4", make_corrector=never, report=tmp_path / name)


@pytest.mark.parametrize(
    ("names", "lossless", "message"),
    [
        (("clip.mp4", "out.xyz"), False, r"known: \.mp4, \.m4v, \.mov, \.mkv, \.webm"),
        (("clip.mp4", "out"), False, r"known: \.mp4"),
        (("clip.mp4", "out.png"), False, r"known: \.mp4"),
        (("clip.mp4", "out.mp4"), True, r"--lossless needs a file ending in \.mkv"),
        (("still.png", "out.mp4"), False, r"known: \.png, \.jpg"),
        (("still.png", "out.jpg"), True, r"--lossless needs .*\.png"),
    ],
)
def test_an_ending_that_does_not_fit_is_a_wrong_setting(
    tmp_path: Path, names: tuple[str, str], lossless: bool, message: str
) -> None:
    write_clip(tmp_path / "clip.mp4", IMAGES)
    cv2.imwrite(str(tmp_path / "still.png"), IMAGES[0])
    source, target = (tmp_path / name for name in names)
    with pytest.raises(ConfigError, match=message):
        process_file(source, target, make_corrector=never, lossless=lossless)


@pytest.mark.parametrize("report", [False, True])
def test_a_place_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, clip: Path, report: bool
) -> None:
    nowhere = tmp_path / "nowhere" / "file"
    target = tmp_path / "out.mp4" if report else nowhere.with_suffix(".mp4")
    before = set(tmp_path.iterdir())
    with pytest.raises(SinkUnavailable, match="cannot write into"):
        process_file(clip, target, make_corrector=never, report=nowhere if report else None)
    assert set(tmp_path.iterdir()) == before


def test_a_folder_in_the_way_is_told_before_any_work(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(SinkUnavailable, match="is a folder"):
        process_file(clip, tmp_path / "out.mp4", make_corrector=never)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_told_before_any_work(tmp_path: Path, clip: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(SinkUnavailable, match="cannot write into"):
        process_file(clip, locked / "out.mp4", make_corrector=never)


class FailingCorrector(BoxCorrector):
    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self._error = error

    def correct(self, frame: Frame) -> Correction:
        if frame.index == 6:
            raise self._error
        return super().correct(frame)


@pytest.mark.parametrize("error", [KeyboardInterrupt, VcamError])
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_an_interrupted_run_leaves_the_older_output_and_no_half_file(
    tmp_path: Path, clip: Path, error: type[BaseException], ending: str
) -> None:
    target = tmp_path / f"out{ending}"
    target.write_bytes(b"the older result")
    before = set(tmp_path.iterdir())
    corrector = FailingCorrector(error)
    with pytest.raises(error):
        process_file(clip, target, make_corrector=lambda: corrector, report=tmp_path / "r.json")
    assert target.read_bytes() == b"the older result"
    assert set(tmp_path.iterdir()) == before
    assert corrector.closed


def test_an_older_output_is_replaced_by_a_complete_one(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"the older result")
    process(clip, tmp_path / "out.mp4")
    assert len(read_images(tmp_path / "out.mp4")) == 10
    assert {entry.name for entry in tmp_path.iterdir()} == {"clip.mp4", "out.mp4"}


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    noise = np.random.default_rng(5).integers(0, 256, (30, 240, 320, 3), np.uint8)
    recipe = Recipe("ffv1", "bgr0", options=())
    source = write_clip(tmp_path / "in.mkv", list(noise), recipe=recipe)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limits[1]))
    try:
        with pytest.raises(SinkError, match="make room"):
            process(source, tmp_path / "out.mkv", lossless=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.mkv"]
