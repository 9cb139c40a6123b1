"""A media file opened for reading: whatever FFmpeg knows, with its damage noted instead of raised."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.sidedata.sidedata import Type
from av.stream import Disposition
from av.video.reformatter import VideoReformatter

from vcam.errors import SourceUnavailable
from vcam.sources.orientation import Orientation
from vcam.types import Image

_SECOND = 1_000_000  # unit of InputContainer.duration and start_time
_EARLY_END_S = 1.0  # rounding of durations, and sound that outlasts the picture, stay below
_DEFAULT_RATE = Fraction(30)
_MAX_RATE = 1000
_ONE, _UNIT = 1 << 16, 1 << 30  # the fixed-point ones of a display matrix
_RIGHT_ANGLES = {
    90: [0, -_ONE, 0, _ONE, 0, 0, 0, 0, _UNIT],
    -90: [0, _ONE, 0, -_ONE, 0, 0, 0, 0, _UNIT],
    180: [-_ONE, 0, 0, 0, -_ONE, 0, 0, 0, _UNIT],
    -180: [-_ONE, 0, 0, 0, -_ONE, 0, 0, 0, _UNIT],
}


class MediaFile:
    """The picture stream of one file, and the packets of all its streams in file order.

    Damage does not end the reading: what cannot be decoded is left out and told by ``damage``.
    """

    def __init__(self, path: Path) -> None:
        """Open ``path`` and choose its picture stream.

        Raises:
            SourceUnavailable: missing, not a file, empty, of no known format, or without pictures.

        """
        self.path = path
        self.container = _opened(path)
        try:
            self.video = _picture_stream(self.container, path)
        except SourceUnavailable:
            self.container.close()
            raise
        self.video.thread_type = "AUTO"
        self._to_bgr = VideoReformatter()
        self._decoded = 0
        self._broken = 0
        self._first_broken = 0
        self._reached = Fraction(0)
        self._failure: FFmpegError | None = None

    @property
    def is_still(self) -> bool:
        """Whether the content, not the name, is that of a picture file (an animation is not)."""
        name = self.container.format.name
        return name == "image2" or name.endswith("_pipe")

    @property
    def rate(self) -> Fraction:
        """Nominal frames per second: FFmpeg's guess, or the average, or 30 where both are absurd."""
        guesses = (self.video.guessed_rate, self.video.average_rate)
        return next((rate for rate in guesses if rate and rate <= _MAX_RATE), _DEFAULT_RATE)

    @property
    def frame_count(self) -> int | None:
        """Frames to come, by the file's own word or its duration; None when it has neither."""
        if self.is_still:
            return 1
        duration = self.container.duration
        estimate = round(duration * self.rate / _SECOND) if duration else None
        return self.video.frames or estimate

    def packets(self) -> "Iterator[av.Packet[Any]]":
        """The packets of every stream in file order, closing with an empty one for each stream."""
        try:
            for packet in self.container.demux():
                if packet.pts is not None and packet.time_base:
                    end = (packet.pts + (packet.duration or 0)) * packet.time_base
                    self._reached = max(self._reached, end)
                yield packet
        except FFmpegError as error:
            self._failure = error

    def decode(self, packet: "av.Packet[Any]") -> Sequence[av.VideoFrame]:
        """The frames that a packet of ``video`` completes, in the order they are shown."""
        try:
            frames = cast("list[av.VideoFrame]", packet.decode())
        except FFmpegError:
            self._first_broken = self._first_broken if self._broken else self._decoded
            self._broken += 1
            return ()
        self._decoded += len(frames)
        return frames

    def frames(self) -> Iterator[av.VideoFrame]:
        """All frames, in the order they are shown."""
        for packet in self.packets():
            if packet.stream is self.video:
                yield from self.decode(packet)

    def pixels(self, frame: av.VideoFrame) -> Image:
        """(H, W, 3) uint8 BGR of a decoded frame, as stored."""
        return cast(Image, self._to_bgr.reformat(frame, format="bgr24").to_ndarray())

    @property
    def damage(self) -> str | None:
        """Once read to the end: what of the file could not be had, and at which frame; None if all could."""
        found: list[str] = []
        if self._broken:
            found.append(
                f"packets that cannot be decoded: {self._broken}, the first at frame {self._first_broken}"
            )
        if self._failure is not None:
            found.append(f"unreadable after frame {self._decoded} ({self._failure.strerror})")
        elif (missing := self._missing_s()) > _EARLY_END_S:
            found.append(f"cut off after frame {self._decoded}, {missing:.1f} s before its end")
        return f"{self.path}: damaged: {'; '.join(found)}" if found else None

    def close(self) -> None:
        """Close the file; safe to call twice."""
        self.container.close()

    def _missing_s(self) -> float:
        # trimmed clips hold more frames than they show, so durations are compared, not frame counts
        duration = self.container.duration
        if not duration or self.is_still:
            return 0.0
        start = max(self.container.start_time or 0, 0)
        return float(Fraction(start + duration, _SECOND) - self._reached)


def orientation_of(frame: av.VideoFrame) -> Orientation:
    """How the pixels of a decoded frame are to be turned."""
    matrix = display_matrix_of(frame)
    return Orientation.from_display_matrix(matrix) if matrix else Orientation()


def display_matrix_of(frame: av.VideoFrame) -> list[int] | None:
    """The 9 integers of a frame's display matrix, or None where there is none."""
    try:
        data = cast(Any, frame.side_data).get(Type.DISPLAYMATRIX)
    except ValueError:  # PyAV lists all or none, and does not know the newest kinds of FFmpeg's
        return _RIGHT_ANGLES.get(frame.rotation)
    return None if data is None else np.frombuffer(bytes(data), np.int32).tolist()


def _opened(path: Path) -> InputContainer:
    if not path.exists():
        raise SourceUnavailable(f"{path}: no such file; check the path")
    if not path.is_file():
        hint = "is a folder" if path.is_dir() else "is no regular file (for a camera, write camera:NAME)"
        raise SourceUnavailable(f"{path}: {hint}; expected a picture or video file")
    if path.stat().st_size == 0:
        raise SourceUnavailable(f"{path}: the file is empty (0 bytes); expected a picture or video")
    # "file:" because FFmpeg reads "a:b" as a protocol; the list because a playlist may name addresses
    options = {"protocol_whitelist": "file"}
    try:
        return av.open(f"file:{path}", container_options=options, metadata_errors="replace")
    except FFmpegError as error:
        raise SourceUnavailable(
            f"{path}: not readable as a picture or video ({error.strerror}); "
            "it may be incomplete or of another kind"
        ) from error


def _picture_stream(container: InputContainer, path: Path) -> av.VideoStream:
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    if not streams:
        kinds = ", ".join(sorted({s.type for s in container.streams})) or "none, so it may be incomplete"
        raise SourceUnavailable(f"{path}: no video stream in the file; its streams: {kinds}")
    if cast(Any, streams[0].codec_context) is None:
        raise SourceUnavailable(f"{path}: no decoder for its video; convert it, for example to H.264")
    return streams[0]
