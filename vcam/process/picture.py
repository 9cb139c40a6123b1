"""A picture file through the correction: depth, channels, orientation and tags stay as they are."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.errors import SinkError
from vcam.process.picture_format import PictureFormat
from vcam.side_by_side import side_by_side
from vcam.sinks.partial import PartialFile
from vcam.sources.orientation import Orientation
from vcam.sources.picture import Picture, eight_bit, read_picture
from vcam.types import Correction, Frame, Image

_log = logging.getLogger(__name__)

_LUMA = np.array([0.114, 0.587, 0.299], np.float32)  # Rec. 601, the one of JPEG and of OpenCV's greys
_SIXTEEN_PER_EIGHT = 257  # 255 becomes 65535

# a person who looks at the lens for two seconds: time for smoothing and easing to arrive
_HELD_FPS = 30
_HELD_FRAMES = 60
_HELD_AT_LEAST = 30


def process_picture(
    source: Path,
    partial: PartialFile,
    form: PictureFormat,
    correct: Callable[[Frame], Correction],
    *,
    compare: bool,
) -> Correction:
    """Correct the picture ``source`` and write it, or with ``compare`` before and after, to ``partial``.

    Raises:
        SourceUnavailable: the source cannot be read.
        SinkError: the result cannot be encoded or written.

    """
    picture = read_picture(source)
    before = picture.upright()
    correction = settled(before, correct)
    after = correction.frame.image
    result = Picture(side_by_side(before, after)) if compare else corrected(picture, before, after)
    write_picture(result, form, partial)
    return correction


def settled(image: Image, correct: Callable[[Frame], Correction]) -> Correction:
    """The correction of a still once smoothing and easing, made for moving pictures, have come to rest.

    ``image`` is (H, W, 3) BGR, upright; it is shown over and over, as to a camera at 30 frames a second.
    """
    result = correct(Frame(0, 0.0, image))
    for index in range(1, _HELD_FRAMES):
        if result.track is None:
            break
        before = result.frame.image
        result = correct(Frame(index, index / _HELD_FPS, image))
        if index >= _HELD_AT_LEAST and np.array_equal(before, result.frame.image):
            break
    return result


def corrected(picture: Picture, before: Image, after: Image) -> Picture:
    """The picture with its eyes changed as ``after`` differs from ``before``, both (H, W, 3) upright BGR.

    The difference is added to the stored pixels, so that every value stays exact where it is zero.
    """
    difference = cast(
        NDArray[np.int16], picture.orientation.stored(after.astype(np.int16) - before.astype(np.int16))
    )
    pixels = picture.pixels.astype(np.int32)
    scale = 1 if picture.pixels.dtype == np.uint8 else _SIXTEEN_PER_EIGHT
    if picture.channels == 1:
        pixels += np.rint(difference @ _LUMA * scale).astype(np.int32)
    else:
        pixels[:, :, :3] += difference.astype(np.int32) * scale
    limit = np.iinfo(picture.pixels.dtype).max
    return replace(picture, pixels=np.clip(pixels, 0, limit).astype(picture.pixels.dtype))


def write_picture(picture: Picture, form: PictureFormat, partial: PartialFile) -> None:
    """Encode into the partial file; what the format cannot hold is converted, with a warning.

    Raises:
        SinkError: it cannot be encoded or written.

    """
    fitting = _fitted(picture, form, partial.target)
    kinds, chunks = [kind for kind, _ in fitting.tags], [chunk for _, chunk in fitting.tags]
    try:
        done, data = cv2.imencodeWithMetadata(
            form.ending, fitting.pixels, kinds, chunks, params=list(form.options)
        )
        if not done:
            raise SinkError(f"{partial.target}: OpenCV cannot encode this picture as {form.ending}")
        partial.path.write_bytes(data.tobytes())
    except (cv2.error, OSError) as error:
        raise SinkError(f"{partial.target}: cannot be written ({error})") from error


def _fitted(picture: Picture, form: PictureFormat, target: Path) -> Picture:
    pixels, orientation, tags = picture.pixels, picture.orientation, picture.tags
    if pixels.itemsize * 8 not in form.depths:
        _log.warning("%s: %s holds 8 bits a channel; the 16 of the input are rounded", target, form.ending)
        pixels = eight_bit(pixels)
    if picture.channels == 4 and not form.alpha:
        _log.warning("%s: %s holds no transparency; left out", target, form.ending)
        pixels = np.ascontiguousarray(pixels[:, :, :3])
    if not form.tags and tags:
        _log.warning("%s: %s holds no EXIF or color profile here; left out", target, form.ending)
        pixels = cast("NDArray[np.uint8]", orientation.upright(pixels))
        orientation, tags = Orientation(), ()
    return Picture(pixels, orientation, tags)
