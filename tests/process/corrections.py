"""A corrector whose every change is known, and what several modules process with it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.clips import (
    SIZE,
    numbered,
)
from vcam.process import Totals, process_file
from vcam.types import (
    Correction,
    EyeRedirection,
    Frame,
    Gaze,
    Image,
    Redirection,
)

IMAGES = [numbered(i) for i in range(10)]
BOX = (slice(6, 14), slice(40, 60))
OUTSIDE = np.ones((SIZE[1], SIZE[0]), bool)
OUTSIDE[BOX] = False


class BoxCorrector:
    """Brightens a known box by 40 in the upright frame; every third frame passes through."""

    def __init__(self) -> None:
        self.seen: list[Frame] = []
        self.closed = False

    def correct(self, frame: Frame) -> Correction:
        self.seen.append(frame)
        stage_ms = {"track": 2.0 + frame.index, "gaze": 1.0}
        if frame.index % 3 == 2:
            return Correction(frame, frame, None, None, None, "no face", stage_ms)
        image = frame.image.copy()
        image[BOX] = np.minimum(image[BOX].astype(int) + 40, 255)
        eye = EyeRedirection(Gaze(-0.2, 0.1), Gaze(0.0, 0.05), 0.75)
        after = Frame(frame.index, frame.captured_at, image)
        return Correction(frame, after, None, None, Redirection(eye, eye), None, stage_ms)

    def close(self) -> None:
        self.closed = True


def process(source: Path, target: Path, **options: object) -> Totals:
    return process_file(source, target, make_corrector=BoxCorrector, **options)  # type: ignore[arg-type]  # a stand-in


def expected_change(images: list[Image], index: int) -> Image:
    return BoxCorrector().correct(Frame(index, 0.0, images[index].copy())).frame.image


def picture(channels: int, depth: type) -> NDArray[np.generic]:
    values = np.random.default_rng(4).integers(1, np.iinfo(depth).max // 2, (SIZE[1], SIZE[0], channels))
    return np.squeeze(values.astype(depth))
