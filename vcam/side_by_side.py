"""Before and after in one picture."""

import cv2
import numpy as np

from vcam.types import Image


def side_by_side(before: Image, after: Image) -> Image:
    """Two (H, W, 3) pictures of one size beside each other; (H', 2 W', 3), the sides H' and W' even.

    Odd sides are continued by their last row or column, for encoders that halve the color.
    """
    rows, columns = before.shape[0] % 2, before.shape[1] % 2
    halves = [cv2.copyMakeBorder(half, 0, rows, 0, columns, cv2.BORDER_REPLICATE) for half in (before, after)]
    return np.hstack(halves).astype(np.uint8, copy=False)
