"""Backward warping of a picture by a flow field: the reference that every backend is compared with.

Convention
    A flow is (height, width, 2) in px, (dx, dy), backward: the output at (x, y) is read from the input at
    (x + dx, y + dy), between pixels bilinearly. A place outside of the input keeps the pixel that the input
    has at (x, y): black or smeared borders would darken the lids (CFGR skips illegal positions).
"""

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", bound=np.floating[Any])


def warp(image: NDArray[Real], flow: NDArray[np.floating[Any]]) -> NDArray[Real]:
    """The picture (height, width[, channels]) moved by a flow; floating point in, the same type out.

    Raises:
        ValueError: picture and flow differ in size, or the flow has no (dx, dy).
    """
    height, width = image.shape[:2]
    if flow.shape != (height, width, 2):
        raise ValueError(f"flow must be ({height}, {width}, 2) like its picture; got {flow.shape}")
    rows, columns = np.mgrid[0:height, 0:width].astype(flow.dtype)
    x, y = columns + flow[..., 0], rows + flow[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    x, y = np.where(inside, x, columns), np.where(inside, y, rows)
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    fx, fy = _like(x - left, image), _like(y - top, image)
    upper = image[top, left] * (1 - fx) + image[top, right] * fx
    lower = image[bottom, left] * (1 - fx) + image[bottom, right] * fx
    return (upper * (1 - fy) + lower * fy).astype(image.dtype)


def _like(share: NDArray[np.floating[Any]], image: NDArray[Real]) -> NDArray[np.floating[Any]]:
    """A share per pixel in a shape that multiplies the picture's channels."""
    return share.reshape(share.shape + (1,) * (image.ndim - 2))
