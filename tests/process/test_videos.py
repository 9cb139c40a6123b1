import logging
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.clips import (
    SIZE,
    TICKS,
    Recipe,
    corner_of_the_mark,
    number_of,
    numbered,
    read_display_matrix,
    read_images,
    write_clip,
    write_size_change,
)
from tests.process.corrections import BOX, IMAGES, OUTSIDE, BoxCorrector, expected_change, process
from vcam.process import process_file
from vcam.process.planes import patched
from vcam.sinks.clip_format import clip_format
from vcam.sinks.encoder import ColorTags, Encoder, Footage
from vcam.sources.media import MediaFile


@pytest.mark.parametrize(
    ("name", "recipe"),
    [
        ("in.mp4", Recipe()),
        ("bt709.mp4", Recipe(colors=(1, 1, 1, 1))),
        ("full.mp4", Recipe(pixels="yuvj420p", colors=(1, 2, 1, 1))),
        ("in.mkv", Recipe("ffv1", "yuv420p10le", options=())),
        ("in.gif", Recipe("gif", "rgb8", options=())),
        ("turned.mp4", Recipe(rotation=180)),
    ],
)
def test_without_loss_not_a_bit_changes_outside_the_eyes(tmp_path: Path, name: str, recipe: Recipe) -> None:
    grain = np.random.default_rng(2).integers(0, 20, (6, SIZE[1], SIZE[0], 3), np.uint8)
    source = write_clip(tmp_path / name, [IMAGES[i] + grain[i] for i in range(6)], recipe=recipe)
    process(source, tmp_path / "out.mkv", lossless=True)
    turn = slice(None, None, -1 if recipe.rotation else 1)
    before = [image[turn, turn] for image in read_images(source)]
    after = [image[turn, turn] for image in read_images(tmp_path / "out.mkv")]
    assert len(before) == len(after) == 6
    for index in range(6):
        assert np.array_equal(after[index], expected_change(before, index))


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv", ".webm"])
@pytest.mark.parametrize("colors", [None, (1, 1, 1, 1), (6, 1, 6, 6), (1, 2, 1, 1)])
def test_with_loss_only_codec_noise_changes_outside_the_eyes(
    tmp_path: Path, ending: str, colors: tuple[int, int, int, int] | None
) -> None:
    pixels = "yuvj420p" if colors and colors[1] == 2 else "yuv420p"
    source = write_clip(tmp_path / "in.mp4", IMAGES, recipe=Recipe(pixels=pixels, colors=colors))
    process(source, tmp_path / f"out{ending}")
    before, after = read_images(source), read_images(tmp_path / f"out{ending}")
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        difference = new.astype(int) - old
        far = OUTSIDE.copy()
        far[2:18, 36:64] = False  # codec blocks reach a little beyond the box
        assert np.abs(difference[far]).mean() < 2
        assert abs(difference[far].mean()) < 1
        assert difference[BOX].mean() == pytest.approx(0 if index % 3 == 2 else 40, abs=6)


def test_patching_a_frame_leaves_the_copy_alone_from_which_the_decoder_predicts(tmp_path: Path) -> None:
    media = MediaFile(write_clip(tmp_path / "in.mp4", [IMAGES[3]] * 20))
    media.video.thread_type = "NONE"  # threads that decode ahead would hide it
    encoder: Encoder | None = None
    for frame in media.frames():
        if encoder is None:
            footage = Footage(SIZE, Fraction(25), TICKS, ColorTags.of(frame))
            encoder = Encoder(
                tmp_path / "out.mp4", clip_format(tmp_path / "out.mp4", lossless=False), footage
            )
        before = media.pixels(frame)
        assert before[BOX].mean() == pytest.approx(IMAGES[3][BOX].mean(), abs=3)
        after = before.copy()
        after[BOX] = 255
        white = patched(frame, before, after, encoder).to_ndarray(format="bgr24")
        assert white[BOX].mean() > 230
        assert np.array_equal(white[30:], before[30:])
    assert encoder is not None
    encoder.abandon()
    media.close()


def test_an_odd_size_is_kept(tmp_path: Path) -> None:
    images = [numbered(i, (97, 65)) for i in range(4)]
    source = write_clip(tmp_path / "in.mkv", images, recipe=Recipe("ffv1", "bgr0", options=()))
    process(source, tmp_path / "out.mp4")
    assert [image.shape for image in read_images(tmp_path / "out.mp4")] == [(65, 97, 3)] * 4


def test_colors_are_tagged_as_in_the_input(tmp_path: Path) -> None:
    source = write_clip(tmp_path / "in.mp4", IMAGES, recipe=Recipe(colors=(1, 1, 1, 1)))
    process(source, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as out:
        frame = next(out.decode(video=0))
    assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)


@pytest.mark.parametrize("ending", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize(("rotation", "mirrored"), [(90, False), (-90, False), (180, False), (90, True)])
def test_a_clip_filmed_sideways_is_corrected_upright_and_shown_as_before(
    tmp_path: Path, ending: str, rotation: int, mirrored: bool
) -> None:
    stored = [image[:, ::-1] if mirrored else image for image in IMAGES[:3]]
    stored = [np.ascontiguousarray(np.rot90(image, -rotation // 90)) for image in stored]
    source = write_clip(tmp_path / "in.mov", stored, recipe=Recipe(rotation=rotation, mirrored=mirrored))
    corrector = BoxCorrector()
    process_file(source, tmp_path / f"out{ending}", make_corrector=lambda: corrector)
    assert [corner_of_the_mark(frame.image) for frame in corrector.seen] == ["upper left"] * 3
    assert read_display_matrix(tmp_path / f"out{ending}") == read_display_matrix(source)
    assert read_images(tmp_path / f"out{ending}")[0].shape == stored[0].shape


def test_compare_puts_before_and_after_side_by_side(tmp_path: Path, clip: Path) -> None:
    process(clip, tmp_path / "out.mkv", lossless=True, compare=True)
    before, both = read_images(clip), read_images(tmp_path / "out.mkv")
    width = SIZE[0]
    for index, pair in enumerate(both):
        assert np.array_equal(pair[:, :width], before[index])
        assert np.array_equal(pair[:, width:], expected_change(before, index))


def test_compare_of_an_odd_upright_clip_has_even_sides(tmp_path: Path) -> None:
    images = [np.ascontiguousarray(np.rot90(numbered(i, (97, 65)), -1)) for i in range(2)]
    recipe = Recipe("ffv1", "bgr0", options=(), rotation=90)
    source = write_clip(tmp_path / "in.mkv", images, recipe=recipe)
    process(source, tmp_path / "out.mp4", compare=True)
    pair = read_images(tmp_path / "out.mp4")[0]
    assert pair.shape == (66, 196, 3)
    assert read_display_matrix(tmp_path / "out.mp4") is None
    assert corner_of_the_mark(pair[:, :98]) == corner_of_the_mark(pair[:, 98:]) == "upper left"


def test_frames_of_another_size_are_letterboxed_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = write_size_change(tmp_path / "in.mkv", [SIZE, SIZE, (64, 96), (64, 96), SIZE])
    with caplog.at_level(logging.WARNING):
        totals = process(source, tmp_path / "out.mp4")
    images = read_images(tmp_path / "out.mp4")
    assert totals.frames == 5
    assert [image.shape for image in images] == [(SIZE[1], SIZE[0], 3)] * 5
    assert images[2][:, :20].mean() < 15
    assert number_of(images[4]) == 4
    assert caplog.text.count("letterboxed") == 1
    assert "from frame 2 on 64x96 instead of 96x64" in caplog.text
