"""A picture file as it is stored: its own depth, channels, orientation and tags."""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.errors import SourceUnavailable
from vcam.sources.orientation import Orientation
from vcam.types import Image

_ORIENTATION_TAG = 0x0112
_GREY_CHANNELS, _ALPHA_CHANNELS = 1, 4


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as stored, and what the file says of them."""

    pixels: NDArray[np.uint8 | np.uint16]
    """(H, W) grey, (H, W, 3) BGR or (H, W, 4) BGRA; uint8 or uint16."""
    orientation: Orientation = field(default_factory=Orientation)
    tags: tuple[tuple[int, NDArray[np.uint8]], ...] = ()
    """(OpenCV's IMAGE_METADATA_ kind, bytes): EXIF, XMP, ICC profile and the like."""

    @property
    def channels(self) -> int:
        """1, 3 or 4."""
        return 1 if self.pixels.ndim == 2 else self.pixels.shape[2]

    def upright(self) -> Image:
        """(H, W, 3) uint8 BGR as people see it; transparency is left out."""
        pixels = eight_bit(self.pixels)
        if self.channels == _GREY_CHANNELS:
            pixels = cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)
        elif self.channels == _ALPHA_CHANNELS:
            pixels = pixels[:, :, :3]
        return cast(Image, np.ascontiguousarray(self.orientation.upright(pixels)))


def eight_bit(pixels: NDArray[np.uint8 | np.uint16]) -> Image:
    """16 bits rounded to 8, so that 65535 becomes 255; 8 bits as they are."""
    if pixels.dtype == np.uint8:
        return cast(Image, pixels)
    return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)


def read_picture(path: Path) -> Picture:
    """The picture in a file; of several pages the first.

    Raises:
        SourceUnavailable: not readable, or its pixels are neither 8- nor 16-bit integers.

    """
    try:
        data = np.fromfile(path, np.uint8)
        pixels, kinds, chunks = cv2.imdecodeWithMetadata(data, flags=cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error) as error:
        raise SourceUnavailable(f"{path}: cannot be read as a picture ({error})") from error
    if cast(object, pixels) is None:
        raise SourceUnavailable(f"{path}: damaged, or of a kind of picture that OpenCV does not read")
    if pixels.dtype.name not in ("uint8", "uint16"):
        raise SourceUnavailable(
            f"{path}: expected 8 or 16 bits a channel, got {pixels.dtype}; convert it first"
        )
    tags = tuple((int(kind), _bytes(chunk)) for kind, chunk in zip(kinds, chunks, strict=True))
    exif = next((bytes(chunk) for kind, chunk in tags if kind == cv2.IMAGE_METADATA_EXIF), b"")
    return Picture(
        cast("NDArray[np.uint8 | np.uint16]", pixels), Orientation.from_exif(_exif_orientation(exif)), tags
    )


def _bytes(chunk: NDArray[Any]) -> NDArray[np.uint8]:
    return chunk.ravel().view(np.uint8)


def _exif_orientation(exif: bytes) -> int:
    """The orientation tag of an EXIF block (a TIFF header and its first directory); 1 where there is none."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(f"{order}HHIH", exif, entry)
            if tag == _ORIENTATION_TAG:
                return value
    except struct.error:  # cut short: cameras' makers write what they like
        return 1
    return 1
