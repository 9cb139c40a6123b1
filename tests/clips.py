"""Tiny media files for tests, made with PyAV; every frame shows its own number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.sidedata.sidedata import Type

from vcam.types import Image

SIZE = (96, 64)
RATE = 25
TICKS = Fraction(1, 12_800)
STEP = 512  # ticks between frames at RATE
SOUND_RATE = 48_000
_LEVEL = 14


def numbered(number: int, size: tuple[int, int] = SIZE) -> Image:
    """BGR with the number as a grey level in the lower half, and a red mark in the upper left corner."""
    width, height = size
    image = np.full((height, width, 3), 24 + _LEVEL * number, np.uint8)
    image[: height // 2] = np.linspace(40, 200, width, dtype=np.uint8)[None, :, None]
    image[: height // 4, : width // 4] = (20, 20, 230)
    return image


def number_of(image: Image) -> int:
    """What ``numbered`` wrote, from an upright picture that may have been through a codec."""
    height, width = image.shape[:2]
    block = image[height // 2 + height // 8 :, width // 8 : -width // 8]
    return round((float(block.mean()) - 24) / _LEVEL)


def corner_of_the_mark(image: Image) -> str:
    """Where the red mark is: an upright picture says "upper left"."""
    height, width = image.shape[:2]
    red = image[:, :, 2].astype(int) - image[:, :, 1]
    rows, columns = np.nonzero(red > 100)
    vertical = "upper" if rows.mean() < height / 2 else "lower"
    return f"{vertical} {'left' if columns.mean() < width / 2 else 'right'}"


@dataclass(frozen=True)
class Recipe:
    """How a clip is made; the default is H.264 with B-frames in MP4."""

    codec: str = "libx264"
    pixels: str = "yuv420p"
    options: tuple[tuple[str, str], ...] = (("crf", "8"),)
    rotation: float | None = None
    mirrored: bool = False
    sound: str | None = None
    colors: tuple[int, int, int, int] | None = None
    """(matrix, range, primaries, transfer)."""


def write_clip(
    path: Path, images: Sequence[Image], ticks: Sequence[int] | None = None, recipe: Recipe | None = None
) -> Path:
    recipe = recipe or Recipe()
    times = ticks if ticks is not None else [STEP * i for i in range(len(images))]
    # without it MP4 rounds the start to milliseconds; other containers have no such option
    exact = {"movie_timescale": str(TICKS.denominator)} if path.suffix in {".mp4", ".mov"} else {}
    with av.open(str(path), "w", options=exact) as container:
        stream = container.add_stream(recipe.codec, rate=RATE, options=dict(recipe.options))
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = recipe.pixels
        stream.codec_context.time_base = TICKS
        if recipe.rotation is not None:
            stream.set_display_rotation(recipe.rotation, hflip=recipe.mirrored)
        if recipe.colors:
            codec = stream.codec_context
            codec.colorspace, codec.color_range, codec.color_primaries, codec.color_trc = recipe.colors
        sound = container.add_stream(recipe.sound, rate=SOUND_RATE) if recipe.sound else None
        for image, when in zip(images, times, strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            if recipe.colors:
                frame = frame.reformat(
                    format=recipe.pixels, dst_colorspace=recipe.colors[0], dst_color_range=recipe.colors[1]
                )
            frame.pts, frame.time_base = when, TICKS
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
        if sound:
            for frame in tone(len(images) / RATE):
                container.mux(sound.encode(frame))
            container.mux(sound.encode())
    return path


def tone(seconds: float) -> Iterable[av.AudioFrame]:
    """440 Hz, stereo, in frames of 1024 samples."""
    for start in range(0, int(seconds * SOUND_RATE), 1024):
        at = np.arange(start, start + 1024) / SOUND_RATE
        wave = (8000 * np.sin(2 * np.pi * 440 * at)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(np.repeat(wave, 2)[None], format="s16", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
        yield frame


def write_size_change(path: Path, sizes: Sequence[tuple[int, int]]) -> Path:
    """MJPEG whose frames have these sizes, in one stream."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=RATE)
        stream.width, stream.height = sizes[0]
        stream.pix_fmt = "yuvj420p"
        for number, size in enumerate(sizes):
            codec = av.CodecContext.create("mjpeg", "w")
            codec.width, codec.height, codec.pix_fmt = *size, "yuvj420p"
            codec.time_base = Fraction(1, RATE)
            frame = av.VideoFrame.from_ndarray(numbered(number, size), format="bgr24")
            frame = frame.reformat(format="yuvj420p", dst_color_range="JPEG")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            for packet in [*codec.encode(frame), *codec.encode(None)]:
                packet.stream = stream
                container.mux(packet)
    return path


def write_sound_only(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=SOUND_RATE)
        for frame in tone(0.5):
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut_in_half(whole: Path, cut: Path) -> Path:
    """The first half of the bytes of an MP4 whose index stands in front."""
    faststart = cut.with_name("index_in_front.mp4")
    with (
        av.open(str(whole)) as source,
        av.open(str(faststart), "w", options={"movflags": "+faststart"}) as out,
    ):
        streams = [out.add_stream_from_template(stream, opaque=True) for stream in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    data = faststart.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    return cut


def read_images(path: Path) -> list[Image]:
    """The frames as stored."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def read_times(path: Path) -> list[Fraction]:
    """When the frames are shown, s, exactly."""
    with av.open(str(path)) as container:
        return [frame.pts * frame.time_base for frame in container.decode(video=0)]


def read_packets(path: Path, kind: str) -> list[bytes]:
    """The packets of the first stream of a kind."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def read_display_matrix(path: Path) -> list[int] | None:
    with av.open(str(path)) as container:
        data = next(container.decode(video=0)).side_data.get(Type.DISPLAYMATRIX)
        return None if data is None else np.frombuffer(bytes(data), np.int32).tolist()
