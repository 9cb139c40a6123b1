"""Everything in a video file beside the picture: sound, subtitles, chapters, tags."""

import logging
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Protocol, cast

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.error import FFmpegError
from av.stream import Stream
from av.subtitles.stream import SubtitleStream

from vcam.errors import SinkError
from vcam.sinks.clip_format import ClipFormat
from vcam.sinks.encoder import Encoder
from vcam.sources.media import MediaFile
from vcam.sources.timeline import Timeline

_log = logging.getLogger(__name__)

_OPUS_RATE = 48_000
_SOUND_BITS = 192_000
_PACKET_RATE = Fraction(25)  # the order of magnitude is enough to tell a slip of the clock from a new start
# of the old container or its encoder, and wrong in the new one
_STALE_TAGS = ("major_brand", "minor_version", "compatible_brands", "encoder", "duration", "bps",
               "number_of_", "_statistics_")  # fmt: skip

Mux = Callable[["av.Packet[Any]"], None]


class _Route(Protocol):
    """The way of one stream from the input to the output."""

    def take(self, packet: "av.Packet[Any]") -> None: ...

    def finish(self) -> None: ...


class Companions:
    """Carries the other streams over: packet by packet where the container takes them, else re-encoded.

    What it takes in neither way is left out with a warning. Make it before the first frame is encoded.
    """

    def __init__(self, media: MediaFile, encoder: Encoder, form: ClipFormat) -> None:
        self._media, self._encoder, self._form = media, encoder, form
        encoder.container.metadata.update(_lasting(media.container.metadata))
        encoder.stream.metadata.update(_lasting(media.video.metadata))
        encoder.container.set_chapters(media.container.chapters())
        self._routes: dict[int, _Route] = {}
        for stream in media.container.streams:
            if stream.index != media.video.index and (route := self._route(stream)) is not None:
                self._routes[stream.index] = route

    def take(self, packet: "av.Packet[Any]") -> None:
        """Pass on one packet of the input; the empty one that closes a stream included.

        Raises:
            SinkError: it cannot be written.

        """
        if route := self._routes.get(packet.stream.index):
            route.take(packet)

    def finish(self) -> None:
        """Write what re-encoding still holds back."""
        for route in self._routes.values():
            route.finish()

    def _route(self, stream: Stream) -> _Route | None:
        mux = self._encoder.mux
        container = self._encoder.container
        if stream.type == "data":
            # MP4 shows its chapters as a data stream too, and those are carried over as chapters
            shown = stream.name == "bin_data" and bool(self._media.container.chapters())
            return None if shown else self._left_out(stream)
        if stream.type == "attachment" and self._form.muxer != "matroska":
            return self._left_out(stream)
        if (copy := _copied(stream, container)) is not None:
            return _Copying(copy, stream, self._form.earliest, mux)
        if isinstance(stream, AudioStream) and _decodes(stream):
            self._note(stream, self._form.sound_encoder)
            return _Recoding(stream, container, self._form.sound_encoder, mux)
        if isinstance(stream, SubtitleStream) and _decodes(stream) and stream.codec.text_sub:
            self._note(stream, self._form.subtitle_encoder)
            return _Rewriting(stream, container, self._form.subtitle_encoder, mux)
        return self._left_out(stream)

    def _note(self, stream: Stream, encoder: str) -> None:
        _log.warning(
            "%s: %s stream %d (%s) does not fit into %s; re-encoded as %s",
            self._media.path, stream.type, stream.index, stream.name, self._form.muxer, encoder,
        )  # fmt: skip

    def _left_out(self, stream: Stream) -> None:
        _log.warning(
            "%s: %s stream %d (%s) does not fit into %s; left out",
            self._media.path, stream.type, stream.index, stream.name or "unknown", self._form.muxer,
        )  # fmt: skip


class _Copying:
    """The packets as they are."""

    def __init__(self, copy: Stream, stream: Stream, earliest: int | None, mux: Mux) -> None:
        self._copy, self._mux = copy, mux
        self._timeline = Timeline(stream.time_base or Fraction(1, 1000), _PACKET_RATE, earliest)

    def take(self, packet: "av.Packet[Any]") -> None:
        if not packet.size:
            return
        if packet.dts is not None:  # muxers refuse a clock that steps back
            moved = self._timeline.place(packet.dts) - packet.dts
            packet.dts += moved
            packet.pts = None if packet.pts is None else packet.pts + moved
        packet.stream = self._copy
        self._mux(packet)

    def finish(self) -> None:
        """Nothing is held back."""


class _Recoding:
    """Sound decoded and encoded anew; the encoder resamples as it needs."""

    def __init__(self, stream: AudioStream, container: OutputContainer, encoder: str, mux: Mux) -> None:
        source = stream.codec_context
        rate = _OPUS_RATE if encoder == "libopus" else source.sample_rate
        self._out = cast(AudioStream, container.add_stream(encoder, rate=rate))
        self._out.codec_context.layout = source.layout.name
        self._out.codec_context.bit_rate = _SOUND_BITS
        _dress(self._out, stream)
        self._path, self._index = stream.container.name, stream.index
        self._mux = mux
        self._broken = 0

    def take(self, packet: "av.Packet[Any]") -> None:
        try:
            frames = packet.decode()
        except FFmpegError:
            self._broken += 1
            return
        for frame in frames:
            self._encode(frame)

    def finish(self) -> None:
        self._encode(None)
        if self._broken:
            _log.warning(
                "%s: stream %d: %d damaged packets of sound left out", self._path, self._index, self._broken
            )

    def _encode(self, frame: av.AudioFrame | None) -> None:
        try:
            packets = self._out.encode(frame)
        except FFmpegError as error:
            raise SinkError(
                f"{self._path}: stream {self._index}: cannot encode the sound as {self._out.name} "
                f"({error.strerror}); try another output format"
            ) from error
        for packet in packets:
            self._mux(packet)


class _Rewriting:
    """Text subtitles from one notation into another."""

    def __init__(self, stream: SubtitleStream, container: OutputContainer, encoder: str, mux: Mux) -> None:
        self._source = stream.codec_context
        self._source.open(strict=False)  # the header, which holds the styles, is there once it is open
        self._out = cast(SubtitleStream, container.add_stream(encoder))
        self._codec = self._out.codec_context
        self._codec.subtitle_header = self._source.subtitle_header
        self._out.time_base = stream.time_base
        _dress(self._out, stream)
        self._path, self._index = stream.container.name, stream.index
        self._mux = mux

    def take(self, packet: "av.Packet[Any]") -> None:
        try:
            text = self._source.decode2(packet) if packet.size else None
            if not text:
                return
            rewritten = self._codec.encode_subtitle(text)
        except FFmpegError:
            _log.warning(
                "%s: stream %d: a damaged subtitle at %s s left out",
                self._path,
                self._index,
                _seconds(packet),
            )
            return
        rewritten.stream = self._out
        rewritten.pts = rewritten.dts = packet.pts
        rewritten.duration = packet.duration
        rewritten.time_base = packet.time_base
        self._mux(rewritten)

    def finish(self) -> None:
        """Nothing is held back."""


def _seconds(packet: "av.Packet[Any]") -> float | None:
    return None if packet.pts is None else round(float(packet.pts * packet.time_base), 3)


def _copied(stream: Stream, container: OutputContainer) -> Stream | None:
    try:
        copy = container.add_stream_from_template(stream, opaque=True)
    except ValueError:  # the container does not take this codec
        return None
    _dress(copy, stream)
    return copy


def _dress(copy: Stream, stream: Stream) -> None:
    copy.metadata.update(_lasting(stream.metadata))
    copy.disposition = stream.disposition


def _decodes(stream: Stream) -> bool:
    return cast(Any, stream.codec_context) is not None


def _lasting(tags: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in tags.items() if not name.lower().startswith(_STALE_TAGS)}
