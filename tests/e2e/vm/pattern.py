"""Numbered test pictures: colors to compare and a number that survives 4:2:0 and limited range."""

import numpy as np
from numpy.typing import NDArray

BITS = 12
COLORS_BGR = ((200, 60, 60), (60, 180, 60), (60, 60, 200), (180, 180, 60), (180, 60, 180), (210, 210, 210))


def draw(number: int, size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) BGR: six color bars above, ``number`` as black and white blocks below."""
    width, height = size
    image = np.empty((height, width, 3), np.uint8)
    for index, color in enumerate(COLORS_BGR):
        image[:, _span(index, len(COLORS_BGR), width)] = color
    for bit in range(BITS):
        image[_number_row(height) :, _span(bit, BITS, width)] = 220 if number >> bit & 1 else 30
    return image


def read_number(image: NDArray[np.uint8]) -> int:
    """The number in a picture that ``draw`` made, whatever became of it since."""
    height, width = image.shape[:2]
    row = (_number_row(height) + height) // 2
    middles = ((_span(bit, BITS, width).start + _span(bit, BITS, width).stop) // 2 for bit in range(BITS))
    return sum(int(image[row, column].mean() > 125) << bit for bit, column in enumerate(middles))


def difference(image: NDArray[np.uint8]) -> float:
    """Mean absolute difference, of 255, to the picture that ``image`` says it is."""
    height, width = image.shape[:2]
    wanted = draw(read_number(image), (width, height))
    return float(np.abs(image.astype(np.int16) - wanted).mean())


def _number_row(height: int) -> int:
    return height * 3 // 4 & ~1


def _span(index: int, count: int, width: int) -> slice:
    return slice(
        index * width // count & ~1, (index + 1) * width // count & ~1 if index + 1 < count else width
    )
