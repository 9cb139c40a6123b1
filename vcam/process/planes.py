"""A corrected frame whose YUV planes are the input's own, except where its pixels changed."""

from typing import Any, cast

import av
import numpy as np
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from vcam.sinks.encoder import Encoder
from vcam.types import Image

_MARGIN_PX = 4  # beyond the reach of the chroma filter; even, so that halved planes stay aligned


def patched(frame: av.VideoFrame, before: Image, after: Image, encoder: Encoder) -> av.VideoFrame:
    """``frame`` in the encoder's pixel format, changed by what tells ``after`` from ``before``.

    The two (H, W, 3) BGR pictures are of the frame as stored. Converting the whole frame to BGR and
    back would blur its colors and shift its brightness by a level; the *difference* of two such
    conversions carries none of that, and is zero where nothing changed.
    """
    result = encoder.converted(frame)
    box = _changed_box(before, after)
    if box is None:
        return result
    rows, columns = box
    old = encoder.frame_of(np.ascontiguousarray(before[rows, columns]))
    new = encoder.frame_of(np.ascontiguousarray(after[rows, columns]))
    result.make_writable()  # the decoder may still predict other frames from these planes
    for was, now, plane in zip(old.planes, new.planes, result.planes, strict=True):
        down, across = _step(frame.height, plane.height), _step(frame.width, plane.width)
        part = _pixels(plane)[rows.start // down :, columns.start // across :][: now.height, : now.width]
        difference = _pixels(now).astype(np.int16) - _pixels(was)
        part[:] = np.clip(part + difference, 0, 255)
    return result


def _changed_box(before: Image, after: Image) -> tuple[slice, slice] | None:
    # whole rows first: testing the three channels of each pixel on their own takes ten times as long
    differs = (before != after).reshape(len(before), -1)
    rows = differs.any(axis=1)
    if not rows.any():
        return None
    columns = differs[rows].any(axis=0).reshape(-1, 3).any(axis=1)
    return _stretch(rows), _stretch(columns)


def _stretch(changed: NDArray[np.bool_]) -> slice:
    """From the first change to the last with a margin, on even bounds."""
    where = np.flatnonzero(changed)
    start = max(0, int(where[0]) - _MARGIN_PX) // 2 * 2
    stop = (int(where[-1]) + 1 + _MARGIN_PX + 1) // 2 * 2
    return slice(start, min(stop, len(changed)))


def _step(whole: int, part: int) -> int:
    return 2 if part < whole else 1


def _pixels(plane: VideoPlane) -> Image:
    rows = np.frombuffer(memoryview(cast(Any, plane)), np.uint8).reshape(plane.height, plane.line_size)
    return rows[:, : plane.width]
