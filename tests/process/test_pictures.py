import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import (
    SIZE,
    numbered,
)
from tests.process.corrections import BOX, IMAGES, OUTSIDE, BoxCorrector, expected_change, picture, process
from vcam.process import process_file
from vcam.types import (
    Correction,
    EyeRegion,
    FaceTrack,
    Frame,
    HeadPose,
)


@pytest.mark.parametrize(
    ("ending", "channels", "depth"),
    [
        *[(".png", channels, depth) for channels in (1, 3, 4) for depth in (np.uint8, np.uint16)],
        *[(".tiff", channels, depth) for channels in (1, 3) for depth in (np.uint8, np.uint16)],
        *[(ending, channels, np.uint8) for ending in (".bmp", ".webp") for channels in (3, 4)],
        (".bmp", 1, np.uint8),
    ],
)
def test_pictures_keep_depth_and_channels_and_every_bit_outside_the_eyes(
    tmp_path: Path, ending: str, channels: int, depth: type
) -> None:
    source, target = tmp_path / f"in{ending}", tmp_path / f"out{ending}"
    cv2.imwrite(str(source), picture(channels, depth), [cv2.IMWRITE_WEBP_QUALITY, 101])
    before = cv2.imread(str(source), cv2.IMREAD_UNCHANGED)
    totals = process(source, target, lossless=True)
    after = cv2.imread(str(target), cv2.IMREAD_UNCHANGED)
    assert (after.dtype, after.shape) == (before.dtype, before.shape)
    assert np.array_equal(after[OUTSIDE], before[OUTSIDE])
    change = after[BOX].astype(int) - before[BOX]
    brighter = 40 * (257 if depth is np.uint16 else 1)
    assert (change == brighter).all() if channels < 4 else (change == [brighter] * 3 + [0]).all()
    assert totals.frames == totals.corrected == 1


@pytest.mark.parametrize("tag", range(1, 9))
@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp", ".bmp"])
def test_a_picture_turned_by_exif_is_corrected_upright_and_shown_as_before(
    tmp_path: Path, tag: int, ending: str
) -> None:
    exif = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" + bytes([tag]) + b"\0\0\0\0\0\0"
    chunks = [np.frombuffer(exif, np.uint8)]
    source, target = tmp_path / "in.png", tmp_path / f"out{ending}"
    cv2.imwriteWithMetadata(str(source), numbered(3), [cv2.IMAGE_METADATA_EXIF], chunks)
    shown = cv2.imread(str(source), cv2.IMREAD_COLOR)
    expected = shown.copy()
    expected[BOX] = np.minimum(expected[BOX].astype(int) + 40, 255)
    process(source, target)
    after = cv2.imread(str(target), cv2.IMREAD_COLOR)
    assert np.abs(after.astype(int) - expected).max() <= (12 if ending == ".jpg" else 0)


def test_a_jpg_stays_close_to_what_it_was(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "in.jpg"), cv2.GaussianBlur(picture(3, np.uint8), (5, 5), 0))
    process(tmp_path / "in.jpg", tmp_path / "out.jpg")
    before, after = cv2.imread(str(tmp_path / "in.jpg")), cv2.imread(str(tmp_path / "out.jpg"))
    assert np.abs(after.astype(int) - before)[:, :32].mean() < 1


@pytest.mark.parametrize("ending", [".png", ".jpg", ".bmp", ".webp", ".tiff"])
def test_a_picture_of_one_pixel_passes_through(tmp_path: Path, ending: str) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), np.full((1, 1, 3), 77, np.uint8))
    process(tmp_path / "in.png", tmp_path / f"out{ending}")
    assert cv2.imread(str(tmp_path / f"out{ending}")).tolist() == [[[77, 77, 77]]]


def test_what_a_picture_format_cannot_hold_is_converted_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), np.full((8, 8, 4), 100 * 257, np.uint16))
    with caplog.at_level(logging.WARNING):
        process(tmp_path / "in.png", tmp_path / "out.jpg")
    after = cv2.imread(str(tmp_path / "out.jpg"), cv2.IMREAD_UNCHANGED)
    assert after.shape == (8, 8, 3)
    assert np.abs(after.astype(int) - 100).max() <= 1
    assert "16 of the input are rounded" in caplog.text
    assert "no transparency" in caplog.text


def a_face() -> FaceTrack:
    point, lid = np.zeros(2, np.float32), np.zeros((3, 2), np.float32)
    eyes = [EyeRegion(side, point, point, point, lid, lid, 5.0, 1.0, 0.3) for side in ("left", "right")]
    pose = HeadPose(np.zeros(3, np.float32), np.zeros(3, np.float32))
    return FaceTrack(1, np.zeros((478, 2), np.float32), pose, eyes[0], eyes[1], 1.0)


class EasingCorrector(BoxCorrector):
    """Brightens by one more each frame, up to 40, as a policy that eases its strength in."""

    def correct(self, frame: Frame) -> Correction:
        full = super().correct(Frame(0, frame.captured_at, frame.image))
        image = np.minimum(full.frame.image, frame.image.astype(int) + len(self.seen)).astype(np.uint8)
        return Correction(frame, Frame(0, 0.0, image), a_face(), None, full.redirection, None, {})


def test_a_picture_is_held_until_easing_has_come_to_rest(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), IMAGES[2])
    process_file(tmp_path / "in.png", tmp_path / "out.png", make_corrector=EasingCorrector)
    after = cv2.imread(str(tmp_path / "out.png"))
    assert (after[BOX].astype(int) - IMAGES[2][BOX] == 40).all()


def test_compare_of_a_picture_is_twice_as_wide(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "in.png"), IMAGES[2])
    process(tmp_path / "in.png", tmp_path / "out.png", compare=True)
    both = cv2.imread(str(tmp_path / "out.png"))
    assert np.array_equal(both[:, : SIZE[0]], IMAGES[2])
    assert np.array_equal(both[:, SIZE[0] :], expected_change([IMAGES[2]], 0))
