import logging
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import (
    Recipe,
    number_of,
    numbered,
    read_images,
    read_packets,
    read_times,
    write_clip,
)
from tests.process.corrections import IMAGES, process


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
