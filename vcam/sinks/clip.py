"""A recording of the frames, as a video file."""

import logging
from fractions import Fraction
from pathlib import Path

from vcam.errors import SinkError
from vcam.sinks.clip_format import clip_format
from vcam.sinks.encoder import REC_601, Encoder, Footage
from vcam.sinks.letterbox import letterbox
from vcam.sinks.partial import PartialFile
from vcam.types import Frame

_log = logging.getLogger(__name__)

_TIME_BASE = Fraction(1, 90_000)  # divides the frame times of all common rates
_PRESET = "superfast"  # live: the encoder shares the machine with the correction


class ClipSink:
    """Writes frames to ``path``, which appears at ``close``, complete or not at all.

    Frames stand in the file at the intervals of their ``captured_at``, so one that was dropped leaves
    a pause, and one that comes again (its ``captured_at`` not later) is not written twice. The first
    frame gives the size; later ones of another size are letterboxed.
    """

    def __init__(self, path: Path, *, fps: float, lossless: bool = False) -> None:
        """Reserve ``path``; ``fps`` is the nominal rate, for the encoder's rate control.

        Raises:
            ConfigError: the ending is unknown, or lossy with ``lossless``.
            SinkUnavailable: the file cannot be written there.

        """
        self._path = path
        self._rate = Fraction(fps).limit_denominator(1001)
        self._format = clip_format(path, lossless=lossless)
        self._partial = PartialFile(path)
        self._encoder: Encoder | None = None
        self._open = True
        self._size = (0, 0)
        self._sizes_seen: set[tuple[int, int]] = set()
        self._start_s = 0.0
        self._last_ticks = -1

    def send(self, frame: Frame) -> None:
        """Append one frame.

        Raises:
            SinkError: closed, or the file does not take it; what was recorded is then given up.

        """
        if not self._open:
            raise SinkError(f"{self._path}: the recording is closed; make a new ClipSink for another")
        encoder = self._encoder or self._started(frame)
        ticks = round((frame.captured_at - self._start_s) / _TIME_BASE)
        if ticks <= self._last_ticks:
            return
        self._note_size(frame)
        self._last_ticks = ticks
        try:
            encoder.write(encoder.frame_of(letterbox(frame.image, self._size)), ticks)
        except BaseException:
            self._give_up()
            raise

    def close(self) -> None:
        """Finish the file; safe to call twice.

        Raises:
            SinkError: the end cannot be written; nothing appears under the name.

        """
        if not self._open:
            return
        if self._encoder is None:
            self._give_up()
            _log.warning("%s: not written, for no frame came", self._path)
            return
        try:
            self._encoder.finish()
        except BaseException:
            self._give_up()
            raise
        self._open = False
        self._partial.commit()

    def _started(self, frame: Frame) -> Encoder:
        self._size = frame.width, frame.height
        self._sizes_seen.add(self._size)
        self._start_s = frame.captured_at
        footage = Footage(self._size, self._rate, _TIME_BASE, REC_601)
        try:
            self._encoder = Encoder(self._partial.path, self._format, footage, preset=_PRESET)
        except BaseException:
            self._give_up()
            raise
        return self._encoder

    def _give_up(self) -> None:
        self._open = False
        if self._encoder is not None:
            self._encoder.abandon()
        self._partial.discard()

    def _note_size(self, frame: Frame) -> None:
        if (frame.width, frame.height) in self._sizes_seen:
            return
        self._sizes_seen.add((frame.width, frame.height))
        _log.warning(
            "%s: frame %d is %dx%d, the recording %dx%d; letterboxed",
            self._path, frame.index, frame.width, frame.height, *self._size,
        )  # fmt: skip
