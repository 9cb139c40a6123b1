from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import (
    STEP,
    TICKS,
    Recipe,
    number_of,
    read_images,
    read_times,
    write_clip,
)
from tests.process.corrections import IMAGES, BoxCorrector, process
from vcam.process import process_file


@pytest.mark.parametrize("ending", [".mp4", ".m4v", ".mov", ".mkv", ".webm"])
def test_every_frame_is_there_in_order(tmp_path: Path, clip: Path, ending: str) -> None:
    process(clip, tmp_path / f"out{ending}")
    assert [number_of(image) for image in read_images(tmp_path / f"out{ending}")] == list(range(10))


UNEVEN = [777, 1024, 1025, 5000, 5600, 6111, 20_000, 20_001, 30_000, 90_000]


@pytest.mark.parametrize("ending", [".mp4", ".mov"])
@pytest.mark.parametrize("sound", [None, "aac"])
def test_uneven_timestamps_are_kept_to_the_tick(tmp_path: Path, ending: str, sound: str | None) -> None:
    source = write_clip(tmp_path / f"in{ending}", IMAGES, UNEVEN, Recipe(sound=sound))
    process(source, tmp_path / f"out{ending}")
    assert read_times(source)[0] == UNEVEN[0] * TICKS
    assert read_times(tmp_path / f"out{ending}") == read_times(source)


@pytest.mark.parametrize("ending", [".mkv", ".webm"])
@pytest.mark.parametrize("sound", [None, "aac", "libopus"])  # coded sound starts a little before zero
def test_where_the_container_counts_milliseconds_timestamps_are_rounded_to_them(
    tmp_path: Path, ending: str, sound: str | None
) -> None:
    source = write_clip(tmp_path / "in.mp4", IMAGES, UNEVEN, Recipe(sound=sound))
    process(source, tmp_path / f"out{ending}")
    pairs = zip(read_times(source), read_times(tmp_path / f"out{ending}"), strict=True)
    assert all(abs(before - after) <= Fraction(1, 2000) for before, after in pairs)


def test_an_animation_becomes_a_video_at_its_own_pace(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.gif", IMAGES[:4], recipe=Recipe("gif", "rgb8", options=()))
    process(source, tmp_path / "out.mp4")
    assert read_times(tmp_path / "out.mp4") == read_times(source)
    before, after = read_images(source), read_images(tmp_path / "out.mp4")
    smooth = [cv2.blur(images[1], (9, 9)).astype(int) for images in (before, after)]
    assert np.abs(smooth[1] - smooth[0])[20:].mean() < 3


def test_progress_counts_every_frame(tmp_path: Path, clip: Path) -> None:
    calls: list[tuple[int, int | None]] = []
    process(clip, tmp_path / "out.mp4", progress=lambda done, total: calls.append((done, total)))
    assert calls == [(i + 1, 10) for i in range(10)]


def test_the_corrector_gets_media_time(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", IMAGES[:3], [0, STEP * 2, STEP * 5])
    corrector = BoxCorrector()
    process_file(source, tmp_path / "out.mp4", make_corrector=lambda: corrector)
    assert [frame.captured_at for frame in corrector.seen] == [
        float(t * TICKS) for t in (0, STEP * 2, STEP * 5)
    ]
    assert corrector.closed
