import itertools

import numpy as np
import pytest

from vcam.sources.orientation import Orientation

ALL = [Orientation(*flags) for flags in itertools.product((False, True), repeat=3)]
PICTURE = np.arange(2 * 3).reshape(2, 3)


@pytest.mark.parametrize("orientation", ALL)
@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 3), (1, 5, 4)])
def test_storing_undoes_turning_upright(orientation: Orientation, shape: tuple[int, ...]) -> None:
    image = np.arange(np.prod(shape)).reshape(shape)
    assert np.array_equal(orientation.stored(orientation.upright(image)), image)


def test_the_eight_exif_tags_are_the_eight_orientations() -> None:
    assert {Orientation.from_exif(tag) for tag in range(1, 9)} == set(ALL)


@pytest.mark.parametrize("tag", [0, 9, 65535])
def test_an_unknown_tag_is_upright(tag: int) -> None:
    assert Orientation.from_exif(tag) == Orientation()


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([1, 0, 0, 0, 1, 0, 0, 0, 1], PICTURE),
        ([0, -1, 0, 1, 0, 0, 0, 0, 1], np.rot90(PICTURE, 1)),
        ([0, 1, 0, -1, 0, 0, 0, 0, 1], np.rot90(PICTURE, -1)),
        ([-1, 0, 0, 0, -1, 0, 0, 0, 1], np.rot90(PICTURE, 2)),
        ([-1, 0, 0, 0, 1, 0, 0, 0, 1], PICTURE[:, ::-1]),
        ([1, 0, 0, 0, -1, 0, 0, 0, 1], PICTURE[::-1]),
        ([0, 1, 0, 1, 0, 0, 0, 0, 1], PICTURE.T),
    ],
    ids=["upright", "left", "right", "over", "mirrored", "upside down", "transposed"],
)
def test_a_display_matrix_turns_the_picture(matrix: list[int], expected: np.ndarray) -> None:
    assert np.array_equal(Orientation.from_display_matrix(matrix).upright(PICTURE), expected)
