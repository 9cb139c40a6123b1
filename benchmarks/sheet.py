"""A sheet of enlarged eyes, before and after, for looking at closely.

python -m benchmarks.sheet IN OUT SHEET.png --every 20 [--start 10] [--rows 8]

IN is what the camera saw, OUT what ``gazecam process IN OUT`` made of it. Each row is one frame: the
subject's right eye before and after, then the left one.
"""

import argparse
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from vcam.sources.clip import ClipSource
from vcam.track import MeshTracker, TrackingSettings
from vcam.types import EyeRegion, Frame, Image

CELL = (360, 240)
"""(width, height) of one eye on the sheet, px."""
_EYE_WIDTHS = 1.6
"""How much of the face a cell shows, in eye widths."""


def frames(path: Path) -> Iterator[Frame]:
    """All frames of a video."""
    with closing(ClipSource(path, realtime=False, loop=False)) as source:
        while (frame := source.read()) is not None:
            yield frame


def eye_cell(image: Image, eye: EyeRegion) -> Image:
    """An eye enlarged to ``CELL``, upright as in the frame."""
    width, height = CELL
    scale = width / (_EYE_WIDTHS * max(eye.width, 1.0))
    center = (eye.inner_canthus + eye.outer_canthus) / 2
    shift = np.array([width / 2, height * 0.55]) - scale * center
    matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
    return np.asarray(cv2.warpAffine(image, matrix, CELL, flags=cv2.INTER_CUBIC), np.uint8)


def row(before: Frame, after: Frame, tracker: MeshTracker) -> Image | None:
    """Both eyes of one frame, before and after; None where no face is found."""
    track = tracker.track(before)
    if track is None:
        return None
    eyes = (track.right_eye, track.left_eye)
    return np.hstack([eye_cell(frame.image, eye) for eye in eyes for frame in (before, after)])


def main() -> None:
    """Write the sheet."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("before", type=Path)
    ask.add_argument("after", type=Path)
    ask.add_argument("sheet", type=Path)
    ask.add_argument("--every", type=int, default=20)
    ask.add_argument("--start", type=int, default=10)
    ask.add_argument("--rows", type=int, default=8)
    args = ask.parse_args()
    with closing(MeshTracker(TrackingSettings())) as tracker:
        # the tracker sees every frame, as it did when they were processed
        rows = (row(a, b, tracker) for a, b in zip(frames(args.before), frames(args.after), strict=True))
        chosen = islice(rows, args.start, args.start + args.every * args.rows)
        cells = [cell for number, cell in enumerate(chosen) if number % args.every == 0 and cell is not None]
    cv2.imwrite(str(args.sheet), np.vstack(cells))


if __name__ == "__main__":
    main()
