"""How stored pixels are turned to stand upright: the eight cases of cameras and phones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Orientation:
    """Stored pixels stand upright once transposed, then mirrored along rows and columns as told.

    Convention: images are (rows, columns, ...); ``flip_rows`` turns the picture upside down,
    ``flip_columns`` mirrors left and right.
    """

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    @classmethod
    def from_exif(cls, tag: int) -> "Orientation":
        """The EXIF orientation tag (0x0112), 1 to 8; anything else is taken as upright."""
        return _EXIF.get(tag, cls())

    @classmethod
    def from_display_matrix(cls, matrix: Sequence[int]) -> "Orientation":
        """FFmpeg's display matrix, 9 integers (a b u, c d v, x y w): x' = a x + c y, y' = b x + d y.

        A slanted one, which no camera writes, is rounded to the nearest right angle.
        """
        a, b, _, c, d = matrix[:5]
        if abs(c) > abs(a):
            return cls(transpose=True, flip_rows=b < 0, flip_columns=c < 0)
        return cls(flip_rows=d < 0, flip_columns=a < 0)

    def upright(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """The picture as people see it; (rows, columns, ...), any dtype; the very array if nothing turns."""
        if self == Orientation():
            return image
        turned = image.swapaxes(0, 1) if self.transpose else image
        return np.ascontiguousarray(turned[self._flips])

    def stored(self, image: NDArray[np.generic]) -> NDArray[np.generic]:
        """The inverse of ``upright``."""
        if self == Orientation():
            return image
        flipped = image[self._flips]
        return np.ascontiguousarray(flipped.swapaxes(0, 1) if self.transpose else flipped)

    @property
    def _flips(self) -> tuple[slice, slice]:
        return slice(None, None, -1 if self.flip_rows else 1), slice(
            None, None, -1 if self.flip_columns else 1
        )


_EXIF = {
    1: Orientation(),
    2: Orientation(flip_columns=True),
    3: Orientation(flip_rows=True, flip_columns=True),
    4: Orientation(flip_rows=True),
    5: Orientation(transpose=True),
    6: Orientation(transpose=True, flip_columns=True),
    7: Orientation(transpose=True, flip_rows=True, flip_columns=True),
    8: Orientation(transpose=True, flip_rows=True),
}
