"""A video, animation or picture file as a source of frames."""

import itertools
import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import cast

from vcam.errors import SourceUnavailable
from vcam.sources.media import MediaFile, orientation_of
from vcam.sources.picture import read_picture
from vcam.sources.timeline import Timeline
from vcam.types import Frame, Image

_log = logging.getLogger(__name__)

_OVERSLEPT_S = 0.5  # later than this the computer slept or the reader stalled: go on from now, don't rush


@dataclass(frozen=True, slots=True)
class _Shot:
    """One upright picture, when it is shown and for how long."""

    seconds: float
    lasts_s: float
    image: Image


class ClipSource:
    """Frames of a file, upright, each in its own size (which may change in mid-file).

    A picture file counts as a clip of one frame, repeated for ever when ``realtime`` or ``loop``.
    """

    def __init__(self, path: Path, *, realtime: bool, loop: bool, still_fps: float = 30.0) -> None:
        """Open ``path`` and decode its first frame.

        With ``realtime`` frames come when the file's timestamps say so and carry the process
        clock; otherwise they come as fast as they are read and carry media time.

        Raises:
            SourceUnavailable: the file is missing, empty, unreadable or without pictures.

        """
        self._path = path
        self._realtime = realtime
        self._loop = loop
        self._closed = threading.Event()
        self._decoding = threading.Lock()
        self._media = MediaFile(path)
        self._repeat_still = self._media.is_still and (realtime or loop)
        self._period_s = 1.0 / (still_fps if self._media.is_still else float(self._media.rate))
        self._origin_s: float | None = None
        self._index = 0
        shots = self._shots()
        first = next(shots, None)
        if first is None:
            self.close()
            raise SourceUnavailable(
                f"{path}: no frame could be decoded; {self._media.damage or 'it is empty'}"
            )
        self._size = first.image.shape[1], first.image.shape[0]
        self._pending = itertools.chain([first], shots)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the first frame, px, upright."""
        return self._size

    @property
    def fps(self) -> float:
        """Nominal frames per second; the rate of repetition for a picture."""
        return 1.0 / self._period_s

    def read(self) -> Frame | None:
        """The next frame, waiting until it is due in real time; None after the last, or once closed."""
        with self._decoding:
            shot = None if self._closed.is_set() else next(self._pending, None)
        if shot is None:
            return None
        captured_at = self._when_due(shot.seconds) if self._realtime else shot.seconds
        if self._closed.is_set():
            return None
        frame = Frame(self._index, captured_at, shot.image)
        self._index += 1
        return frame

    def close(self) -> None:
        """Close the file and wake a waiting ``read``; safe to call twice, and from another thread."""
        self._closed.set()
        with self._decoding:
            self._media.close()

    def _when_due(self, seconds: float) -> float:
        now = time.perf_counter()
        if self._origin_s is None or now - (self._origin_s + seconds) > _OVERSLEPT_S:
            self._origin_s = now - seconds
        due = self._origin_s + seconds
        self._closed.wait(max(0.0, due - now))
        return due

    def _shots(self) -> Iterator[_Shot]:
        """The rounds one after another, on a single growing clock."""
        later_s = 0.0
        for played in itertools.count():
            last: _Shot | None = None
            for shot in self._one_round():
                if played and last is None:
                    later_s -= shot.seconds
                last = replace(shot, seconds=shot.seconds + later_s)
                yield last
            if played == 0 and self._media.damage:
                _log.warning("%s; playing what could be read", self._media.damage)
            if last is None or not (self._loop or self._repeat_still):
                return
            later_s = last.seconds + last.lasts_s
            if self._repeat_still:
                yield from self._held(last)
            self._media.close()
            self._media = MediaFile(self._path)

    def _one_round(self) -> Iterator[_Shot]:
        if self._media.is_still:
            yield _Shot(0.0, self._period_s, read_picture(self._path).upright())
            return
        time_base = self._media.video.time_base or Fraction(1, 1000)
        timeline = Timeline(time_base, self._media.rate)
        for frame in self._media.frames():
            seconds = float(timeline.place(frame.pts) * time_base)
            lasts_s = float(frame.duration * time_base) or self._period_s
            yield _Shot(
                seconds, lasts_s, cast(Image, orientation_of(frame).upright(self._media.pixels(frame)))
            )

    def _held(self, still: _Shot) -> Iterator[_Shot]:
        for count in itertools.count(1):
            yield replace(still, seconds=still.seconds + count * self._period_s)
