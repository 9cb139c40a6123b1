import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import (
    Recipe,
    read_images,
    write_clip,
)
from tests.process.corrections import IMAGES, BoxCorrector, process
from vcam.errors import ConfigError, SinkError, SinkUnavailable, VcamError
from vcam.process import FrameCorrector, process_file
from vcam.types import (
    Correction,
    Frame,
)


def never() -> FrameCorrector:
    raise AssertionError("made before the arguments were checked")


@pytest.mark.parametrize("link", ["same", "symlink", "hardlink", "dotted"])
def test_the_output_must_not_be_the_input(tmp_path: Path, clip: Path, link: str) -> None:
    target = {"same": clip, "dotted": tmp_path / "." / ".." / tmp_path.name / "clip.mp4"}.get(link)
    if target is None:
        target = tmp_path / "link.mp4"
        target.symlink_to(clip) if link == "symlink" else target.hardlink_to(clip)
    whole = clip.read_bytes()
    with pytest.raises(ConfigError, match="is the input file"):
        process_file(clip, target, make_corrector=never)
    assert clip.read_bytes() == whole


@pytest.mark.parametrize("name", ["clip.mp4", "out.mp4"])
def test_the_report_must_not_be_the_input_or_the_output(tmp_path: Path, clip: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="--report"):
        process_file(clip, tmp_path / "out.mp4", make_corrector=never, report=tmp_path / name)


@pytest.mark.parametrize(
    ("names", "lossless", "message"),
    [
        (("clip.mp4", "out.xyz"), False, r"known: \.mp4, \.m4v, \.mov, \.mkv, \.webm"),
        (("clip.mp4", "out"), False, r"known: \.mp4"),
        (("clip.mp4", "out.png"), False, r"known: \.mp4"),
        (("clip.mp4", "out.mp4"), True, r"--lossless needs a file ending in \.mkv"),
        (("still.png", "out.mp4"), False, r"known: \.png, \.jpg"),
        (("still.png", "out.jpg"), True, r"--lossless needs .*\.png"),
    ],
)
def test_an_ending_that_does_not_fit_is_a_wrong_setting(
    tmp_path: Path, names: tuple[str, str], lossless: bool, message: str
) -> None:
    write_clip(tmp_path / "clip.mp4", IMAGES)
    cv2.imwrite(str(tmp_path / "still.png"), IMAGES[0])
    source, target = (tmp_path / name for name in names)
    with pytest.raises(ConfigError, match=message):
        process_file(source, target, make_corrector=never, lossless=lossless)


@pytest.mark.parametrize("report", [False, True])
def test_a_place_that_cannot_be_written_is_told_before_any_work(
    tmp_path: Path, clip: Path, report: bool
) -> None:
    nowhere = tmp_path / "nowhere" / "file"
    target = tmp_path / "out.mp4" if report else nowhere.with_suffix(".mp4")
    before = set(tmp_path.iterdir())
    with pytest.raises(SinkUnavailable, match="cannot write into"):
        process_file(clip, target, make_corrector=never, report=nowhere if report else None)
    assert set(tmp_path.iterdir()) == before


def test_a_folder_in_the_way_is_told_before_any_work(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "out.mp4").mkdir()
    with pytest.raises(SinkUnavailable, match="is a folder"):
        process_file(clip, tmp_path / "out.mp4", make_corrector=never)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_told_before_any_work(tmp_path: Path, clip: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(SinkUnavailable, match="cannot write into"):
        process_file(clip, locked / "out.mp4", make_corrector=never)


class FailingCorrector(BoxCorrector):
    def __init__(self, error: type[BaseException]) -> None:
        super().__init__()
        self._error = error

    def correct(self, frame: Frame) -> Correction:
        if frame.index == 6:
            raise self._error
        return super().correct(frame)


@pytest.mark.parametrize("error", [KeyboardInterrupt, VcamError])
@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_an_interrupted_run_leaves_the_older_output_and_no_half_file(
    tmp_path: Path, clip: Path, error: type[BaseException], ending: str
) -> None:
    target = tmp_path / f"out{ending}"
    target.write_bytes(b"the older result")
    before = set(tmp_path.iterdir())
    corrector = FailingCorrector(error)
    with pytest.raises(error):
        process_file(clip, target, make_corrector=lambda: corrector, report=tmp_path / "r.json")
    assert target.read_bytes() == b"the older result"
    assert set(tmp_path.iterdir()) == before
    assert corrector.closed


def test_an_older_output_is_replaced_by_a_complete_one(tmp_path: Path, clip: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"the older result")
    process(clip, tmp_path / "out.mp4")
    assert len(read_images(tmp_path / "out.mp4")) == 10
    assert {entry.name for entry in tmp_path.iterdir()} == {"clip.mp4", "out.mp4"}


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource", reason="needs a limit on the size of files")
    noise = np.random.default_rng(5).integers(0, 256, (30, 240, 320, 3), np.uint8)
    recipe = Recipe("ffv1", "bgr0", options=())
    source = write_clip(tmp_path / "in.mkv", list(noise), recipe=recipe)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, limits[1]))
    try:
        with pytest.raises(SinkError, match="make room"):
            process(source, tmp_path / "out.mkv", lossless=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.mkv"]
