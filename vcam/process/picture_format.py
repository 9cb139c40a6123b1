"""What a picture file's ending stands for."""

from dataclasses import dataclass
from pathlib import Path

import cv2

from vcam.errors import ConfigError


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What a picture file's ending can hold."""

    ending: str
    lossless: bool
    depths: tuple[int, ...]
    """Bits a channel."""
    alpha: bool
    tags: bool
    """EXIF, orientation and color profile."""
    options: tuple[int, ...] = ()
    """OpenCV's encoder options."""


_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 97, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)
_WEBP_LOSSLESS = (cv2.IMWRITE_WEBP_QUALITY, 101)

_FORMATS = {
    form.ending: form
    for form in (
        PictureFormat(".png", True, (8, 16), alpha=True, tags=True),
        PictureFormat(".jpg", False, (8,), alpha=False, tags=True, options=_JPEG),
        PictureFormat(".jpeg", False, (8,), alpha=False, tags=True, options=_JPEG),
        PictureFormat(".bmp", True, (8,), alpha=True, tags=False),
        PictureFormat(".webp", True, (8,), alpha=True, tags=True, options=_WEBP_LOSSLESS),
        PictureFormat(".tif", True, (8, 16), alpha=True, tags=False),
        PictureFormat(".tiff", True, (8, 16), alpha=True, tags=False),
    )
}


def picture_format(path: Path, *, lossless: bool) -> PictureFormat:
    """The format for the ending of ``path``.

    Raises:
        ConfigError: the ending is unknown, or lossy with ``lossless``.

    """
    form = _FORMATS.get(path.suffix.lower())
    if form is None:
        raise ConfigError(
            f"{path}: cannot write a picture as {path.suffix or 'a file without ending'!r}; "
            f"known: {', '.join(_FORMATS)}"
        )
    if lossless and not form.lossless:
        raise ConfigError(
            f"{path}: --lossless needs a picture format without loss, e.g. .png, got {path.suffix}"
        )
    return form
