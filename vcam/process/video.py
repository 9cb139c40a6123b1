"""A video file through the correction: every frame, at its own time, with all that goes with it."""

import logging
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import cast

import av

from vcam.errors import SourceUnavailable
from vcam.process.companions import Companions
from vcam.process.planes import patched
from vcam.side_by_side import side_by_side
from vcam.sinks.clip_format import ClipFormat
from vcam.sinks.encoder import ColorTags, Encoder, Footage
from vcam.sinks.letterbox import letterbox
from vcam.sources.media import MediaFile, display_matrix_of, orientation_of
from vcam.sources.timeline import Timeline
from vcam.types import Frame, Image

_log = logging.getLogger(__name__)

Correct = Callable[[Frame], Image]
Progress = Callable[[int, int | None], None]

_MILLISECOND = Fraction(1, 1000)


class VideoPass:
    """One run over a video. Frames are corrected upright and stored turned as in the input.

    Timestamps are the input's, exactly, in MP4 and MOV; MKV and WebM count milliseconds from zero,
    to which they are rounded. The first frame gives the size; others are letterboxed into it.
    """

    def __init__(self, source: Path, partial: Path, form: ClipFormat, *, compare: bool) -> None:
        """Read ``source`` and start the file ``partial``.

        Raises:
            SourceUnavailable: no frame of the source can be decoded.
            SinkUnavailable: the encoder cannot be started.

        """
        self._source = source
        self._form = form
        self._compare = compare
        first = _first_frame(source)
        self._media = MediaFile(source)
        self._time_base = self._media.video.time_base or _MILLISECOND
        self._timeline = Timeline(self._time_base, self._media.rate, form.earliest)
        self._footage = self._footage_of(first)
        self._sizes_seen = {(first.width, first.height)}
        self._encoder = Encoder(partial, form, self._footage)
        self._companions = Companions(self._media, self._encoder, form)

    def run(self, correct: Correct, progress: Progress) -> None:
        """Correct and write everything, and close the file.

        Raises:
            SinkError: the output does not take a frame; the file is then worthless.

        """
        index, total = 0, self._media.frame_count
        for packet in self._media.packets():
            if packet.stream.index != self._media.video.index:
                self._companions.take(packet)
                continue
            for frame in self._media.decode(packet):
                self._take(index, frame, correct)
                index += 1
                progress(index, max(index, total) if total else None)
        self._companions.finish()
        self._encoder.finish()
        if self._media.damage:
            _log.warning("%s; the output holds the %d frames that could be read", self._media.damage, index)

    def close(self) -> None:
        """Close both files, also after a failure; safe to call twice."""
        self._encoder.abandon()
        self._media.close()

    def _take(self, index: int, frame: av.VideoFrame, correct: Correct) -> None:
        ticks = self._timeline.place(frame.pts)
        orientation, before = orientation_of(frame), self._media.pixels(frame)
        upright = cast(Image, orientation.upright(before))
        corrected = correct(Frame(index, float(ticks * self._time_base), upright))
        if self._compare:
            both = side_by_side(upright, corrected)
            written = self._encoder.frame_of(letterbox(both, self._footage.size))
        else:
            written = self._written(frame, before, cast(Image, orientation.stored(corrected)))
        self._note_size(index, frame)
        self._encoder.write(written, ticks)

    def _written(self, frame: av.VideoFrame, before: Image, after: Image) -> av.VideoFrame:
        if self._form.lossless or (frame.width, frame.height) != self._footage.size:
            return self._encoder.frame_of(letterbox(after, self._footage.size))
        return patched(frame, before, after, self._encoder)

    def _footage_of(self, first: av.VideoFrame) -> Footage:
        size = first.width, first.height
        matrix, aspect = display_matrix_of(first), self._media.video.sample_aspect_ratio
        if self._compare:
            orientation = orientation_of(first)
            upright = cast(Image, orientation.upright(self._media.pixels(first)))
            both = side_by_side(upright, upright)
            size, matrix = (both.shape[1], both.shape[0]), None
            aspect = 1 / aspect if aspect and orientation.transpose else aspect
        return Footage(size, self._media.rate, self._time_base, ColorTags.of(first), aspect, matrix)

    def _note_size(self, index: int, frame: av.VideoFrame) -> None:
        size = frame.width, frame.height
        if size in self._sizes_seen:
            return
        self._sizes_seen.add(size)
        first = self._footage.size
        _log.warning(
            "%s: from frame %d on %dx%d instead of %dx%d; letterboxed", self._source, index, *size, *first
        )


def _first_frame(source: Path) -> av.VideoFrame:
    media = MediaFile(source)
    try:
        first = next(media.frames(), None)
        if first is None:
            raise SourceUnavailable(f"{source}: no frame can be decoded; {media.damage or 'it holds none'}")
        return first
    finally:
        media.close()
