"""Video files as the tests need them: cut without a loss, and read one picture at a time."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np

from vcam.types import Image


def cut(source: Path, target: Path, frames: int) -> Path:
    """Copy the packets of ``source``, picture and sound, until ``frames`` of the picture are there."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as part:
        streams = [part.add_stream_from_template(stream, opaque=True) for stream in whole.streams]
        for packet in whole.demux():
            if not packet.size:
                continue
            frames -= packet.stream.type == "video"
            packet.stream = streams[packet.stream.index]
            part.mux(packet)
            if not frames:
                return target
    raise ValueError(f"{source} is {frames} frames too short")


def images(path: Path) -> Iterator[Image]:
    """The frames, (H, W, 3) BGR, as they are shown."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="bgr24")


def still(path: Path, number: int, size: tuple[int, int]) -> Image:
    """One frame of a video, shrunk to (width, height)."""
    frame = next(islice(images(path), number, None))
    return cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
