"""Frames into the video stream of a file."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.error import FFmpegError
from av.video.reformatter import Interpolation
from av.video.stream import VideoStream

from vcam.errors import SinkError, SinkUnavailable
from vcam.sinks.clip_format import ClipFormat
from vcam.types import Image

_MAX_TIMESCALE = 2**31 - 1
_FULL_RANGE = 2
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ROUNDED = Interpolation.BILINEAR | Interpolation.ACCURATE_RND  # swscale's default cuts off, which darkens


@dataclass(frozen=True, slots=True)
class ColorTags:
    """How YUV numbers mean colors: the codes of ITU-T H.273, as FFmpeg uses them."""

    matrix: int
    range: int
    """0 unspecified, 1 limited (16 to 235), 2 full."""
    primaries: int
    transfer: int

    @classmethod
    def of(cls, frame: av.VideoFrame) -> "ColorTags":
        """The tags of a decoded frame; pixels that are not YUV get Rec. 709."""
        if frame.format.is_rgb or frame.format.has_palette:
            return REC_709
        full = frame.format.name.startswith("yuvj")
        return cls(
            int(frame.colorspace),
            _FULL_RANGE if full else int(frame.color_range),
            int(frame.color_primaries),
            int(frame.color_trc),
        )


REC_709 = ColorTags(matrix=1, range=1, primaries=1, transfer=1)
REC_601 = ColorTags(matrix=6, range=1, primaries=1, transfer=1)


@dataclass(frozen=True, slots=True)
class Footage:
    """What a video stream is like, apart from its frames."""

    size: tuple[int, int]
    """(width, height), px."""
    rate: Fraction
    """Nominal frames per second."""
    time_base: Fraction
    """Seconds per tick of the timestamps."""
    colors: ColorTags = REC_709
    pixel_aspect: Fraction | None = None
    display_matrix: Sequence[int] | None = None
    """Turns stored pixels upright (FFmpeg's 9 integers); None when they are."""


class Encoder:
    """One output file: ``stream`` is its video; others may join ``container`` before the first frame."""

    def __init__(self, path: Path, form: ClipFormat, footage: Footage, *, preset: str | None = None) -> None:
        """Write ``footage`` to ``path``, whatever its name, in the format ``form``.

        ``preset`` trades the speed of H.264 for size.

        Raises:
            SinkUnavailable: this build of FFmpeg lacks the encoder, or the file cannot be opened.

        """
        self._footage = footage
        self._path = path
        self._count = 0
        self.pixel_format = _pixel_format(form, footage)
        self.container = _opened(path, form, footage)
        try:
            self.stream = _video_stream(self.container, form, footage, self.pixel_format, preset)
        except (FFmpegError, ValueError) as error:
            self.container.close()
            raise SinkUnavailable(
                f"{path}: this FFmpeg cannot write {form.video_encoder} into {form.muxer} ({error})"
            ) from error

    def frame_of(self, image: Image) -> av.VideoFrame:
        """(H, W, 3) BGR uint8 in the pixel format and colors of this file."""
        if self.pixel_format == "yuv420p" and self._footage.colors == REC_601:
            # OpenCV knows this one conversion, and takes a tenth of swscale's time for it
            planes = np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420), np.uint8)
            return av.VideoFrame.from_ndarray(planes, format="yuv420p")
        return self.converted(av.VideoFrame.from_ndarray(image, format="bgr24"))

    def converted(self, frame: av.VideoFrame) -> av.VideoFrame:
        """A frame of any pixel format in that of this file; the very frame where nothing differs."""
        colors = self._footage.colors
        return frame.reformat(
            format=self.pixel_format,
            dst_colorspace=colors.matrix,
            dst_color_range=colors.range or None,
            interpolation=_ROUNDED,
        )

    def write(self, frame: av.VideoFrame, ticks: int) -> None:
        """Append a frame in ``pixel_format``, to be shown at ``ticks`` (strictly growing).

        Raises:
            SinkError: it cannot be encoded or written.

        """
        frame.pts, frame.time_base = ticks, self._footage.time_base
        frame.pict_type = 0  # the source's key frames are no advice to this encoder
        self._mux(frame)
        self._count += 1

    def mux(self, packet: "av.Packet[Any]") -> None:
        """Write a packet of another stream.

        Raises:
            SinkError: it cannot be written.

        """
        try:
            self.container.mux(packet)
        except FFmpegError as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        """Write what the encoder still holds, and close the file.

        Raises:
            SinkError: the end cannot be written.

        """
        self._mux(None)
        try:
            self.container.close()
        except FFmpegError as error:
            raise self._failed(error) from error

    def abandon(self) -> None:
        """Close a file that is not to be kept, whatever state it is in."""
        try:
            self.container.close()
        except FFmpegError:
            return  # the reason was raised before; the file is thrown away

    def _mux(self, frame: av.VideoFrame | None) -> None:
        try:
            self.container.mux(self.stream.encode(frame))
        except FFmpegError as error:
            raise self._failed(error) from error

    def _failed(self, error: FFmpegError) -> SinkError:
        hint = "make room, or choose another disk" if error.errno in _NO_ROOM else "try another format"
        return SinkError(f"{self._path}: cannot be written at frame {self._count} ({error.strerror}); {hint}")


def _opened(path: Path, form: ClipFormat, footage: Footage) -> OutputContainer:
    options = _muxer_options(form, footage.time_base)
    try:
        return av.open(str(path), "w", format=form.muxer, container_options=options)
    except (FFmpegError, ValueError) as error:
        raise SinkUnavailable(f"{path}: cannot be opened as {form.muxer} ({error})") from error


def _pixel_format(form: ClipFormat, footage: Footage) -> str:
    if form.lossless:
        return "bgr0"
    # half-size chroma, which every player takes, has no half of an odd number
    chroma = "444p" if any(length % 2 for length in footage.size) else "420p"
    full = footage.colors.range == _FULL_RANGE and form.video_encoder == "libx264"
    return ("yuvj" if full else "yuv") + chroma


def _muxer_options(form: ClipFormat, time_base: Fraction) -> dict[str, str]:
    if form.muxer not in ("mp4", "mov"):
        return {}
    options = {"movflags": "+faststart+use_metadata_tags"}
    if time_base.denominator <= _MAX_TIMESCALE:
        # the start is stored in ticks of the movie, which are milliseconds unless told
        options["movie_timescale"] = str(time_base.denominator)
    return options


def _video_stream(
    container: OutputContainer, form: ClipFormat, footage: Footage, pixel_format: str, preset: str | None
) -> VideoStream:
    options = form.video_options | ({"preset": preset} if preset and "preset" in form.video_options else {})
    stream = cast(VideoStream, container.add_stream(form.video_encoder, rate=footage.rate, options=options))
    codec = stream.codec_context
    codec.width, codec.height = footage.size
    codec.pix_fmt = pixel_format
    codec.time_base = footage.time_base
    if footage.pixel_aspect:
        codec.sample_aspect_ratio = footage.pixel_aspect
    # RGB has its own matrix and fills its range; what red, green and blue look like stays
    colors = replace(footage.colors, matrix=0, range=_FULL_RANGE) if form.lossless else footage.colors
    codec.colorspace, codec.color_range = colors.matrix, colors.range
    codec.color_primaries, codec.color_trc = colors.primaries, colors.transfer
    codec.thread_type, codec.thread_count = "SLICE" if form.lossless else "AUTO", 0
    stream.set_display_matrix(footage.display_matrix)
    return stream
