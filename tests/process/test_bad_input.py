import logging
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import (
    SIZE,
    Recipe,
    cut_in_half,
    read_images,
    read_packets,
    read_times,
    write_clip,
    write_sound_only,
)
from tests.process.corrections import BoxCorrector, picture, process
from vcam.errors import SourceUnavailable
from vcam.process import process_file


def write_nothing(path: Path) -> Path:
    path.touch()
    return path


def write_text(path: Path) -> Path:
    path.write_text("not a video at all\n" * 100)
    return path


@pytest.mark.parametrize(
    ("name", "write", "message"),
    [
        ("gone.mp4", lambda path: path, "no such file"),
        ("gone.png", lambda path: path, "no such file"),
        ("empty.mp4", write_nothing, r"empty \(0 bytes\)"),
        ("empty.png", write_nothing, r"empty \(0 bytes\)"),
        ("text.mp4", write_text, "not readable"),
        ("text.jpg", write_text, "text.jpg"),
        ("sound.m4a", write_sound_only, "no video stream"),
    ],
)
def test_bad_input_is_told_before_anything_is_made(
    tmp_path: Path, name: str, write: Callable[[Path], Path], message: str
) -> None:
    source = write(tmp_path / name)
    before = set(tmp_path.iterdir())
    target = tmp_path / ("out.png" if name.endswith(("png", "jpg")) else "out.mp4")
    with pytest.raises(SourceUnavailable, match=message):
        process_file(source, target, make_corrector=BoxCorrector)
    assert set(tmp_path.iterdir()) == before


def test_a_cut_off_picture_leaves_no_output(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "whole.png"), picture(3, np.uint8))
    (tmp_path / "cut.png").write_bytes((tmp_path / "whole.png").read_bytes()[:50])
    with pytest.raises(SourceUnavailable):
        process(tmp_path / "cut.png", tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


def test_a_clip_cut_in_the_middle_is_kept_until_there_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    noise = np.random.default_rng(1).integers(0, 60, (100, SIZE[1], SIZE[0], 3), np.uint8)
    whole = write_clip(tmp_path / "whole.mp4", list(noise), recipe=Recipe(sound="aac"))
    cut = cut_in_half(whole, tmp_path / "cut.mp4")
    with caplog.at_level(logging.WARNING):
        totals = process(cut, tmp_path / "out.mp4")
    assert 20 < totals.frames < 80
    assert len(read_images(tmp_path / "out.mp4")) == totals.frames
    assert f"cut off after frame {totals.frames}" in caplog.text


def test_damage_in_the_middle_costs_only_the_damaged_frames(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recipe = Recipe("ffv1", "bgr0", options=(("level", "3"), ("slicecrc", "1"), ("g", "1")))
    noise = np.random.default_rng(1).integers(0, 255, (10, SIZE[1], SIZE[0], 3), np.uint8)
    source = write_clip(tmp_path / "in.mkv", list(noise), recipe=recipe)
    victim = read_packets(source, "video")[4]
    times = read_times(source)
    source.write_bytes(source.read_bytes().replace(victim, b"\xff" * len(victim)))
    with caplog.at_level(logging.WARNING):
        process(source, tmp_path / "out.mkv", lossless=True)
    assert read_times(tmp_path / "out.mkv") == times[:4] + times[5:]
    assert "cannot be decoded: 1, the first at frame 4" in caplog.text
