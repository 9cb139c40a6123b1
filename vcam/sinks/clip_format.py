"""What a video file's ending stands for: the container, and the codecs it takes."""

from dataclasses import dataclass
from pathlib import Path

from vcam.errors import ConfigError


@dataclass(frozen=True, slots=True)
class ClipFormat:
    """A container with the encoders used for it, by FFmpeg's names."""

    muxer: str
    video_encoder: str
    video_options: dict[str, str]
    sound_encoder: str
    """For sound that the container does not take as it is."""
    subtitle_encoder: str
    """For text subtitles that the container does not take as they are."""
    earliest: int | None = None
    """The first tick that the container can store (the muxer would move everything to get there, the
    picture too, were the run-up of the sound left before it); None where time may be negative."""
    lossless: bool = False
    """The pixels are stored as BGR, bit for bit."""


# CRF 16 and 20 are beyond what the eye tells from the original on these encoders' own scales
_H264 = {"crf": "16", "preset": "fast"}
_VP9 = {"crf": "20", "b": "0", "deadline": "good", "cpu-used": "4", "row-mt": "1"}
# every frame a key frame and in slices, so that a damaged byte costs a strip and all cores have work
_FFV1 = {"level": "3", "g": "1", "coder": "0", "context": "0", "slices": "4", "slicecrc": "1"}

_LOSSY = {
    ".mp4": ClipFormat("mp4", "libx264", _H264, "aac", "mov_text"),
    ".m4v": ClipFormat("mp4", "libx264", _H264, "aac", "mov_text"),
    ".mov": ClipFormat("mov", "libx264", _H264, "aac", "mov_text"),
    ".mkv": ClipFormat("matroska", "libx264", _H264, "libopus", "subrip", earliest=0),
    ".webm": ClipFormat("webm", "libvpx-vp9", _VP9, "libopus", "webvtt", earliest=0),
}
_LOSSLESS = {".mkv": ClipFormat("matroska", "ffv1", _FFV1, "flac", "subrip", earliest=0, lossless=True)}

VIDEO_ENDINGS = tuple(_LOSSY)


def clip_format(path: Path, *, lossless: bool) -> ClipFormat:
    """The format for the ending of ``path``.

    Raises:
        ConfigError: the ending is unknown, or cannot hold video without loss.

    """
    table = _LOSSLESS if lossless else _LOSSY
    ending = path.suffix.lower()
    if ending in table:
        return table[ending]
    if ending in _LOSSY:
        raise ConfigError(f"{path}: --lossless needs a file ending in {', '.join(_LOSSLESS)}, got {ending}")
    raise ConfigError(
        f"{path}: cannot write video as {ending or 'a file without ending'!r}; known: {', '.join(table)}"
    )
