"""The eye patch: one similarity that maps every eye onto the same small picture.

Convention
    ``to_frame`` (2, 3) float32 maps patch px (x, y) to frame px; pixel centers at integer coordinates.
    The inner canthus always lies on the left, so the subject's right eye comes out mirrored and both
    eyes look like a left one. Outside the frame the border pixel repeats.
"""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]

PATCH_SIZE = (96, 64)
"""(width, height), px."""
CANTHUS_SPAN_PX = 52.0
"""Distance of the two canthi in the patch."""
CANTHUS_Y_PX = 35.5
"""Row of the canthi: a little below the middle, because lids and brow need room above."""


def eye_to_frame(inner_canthus: ArrayLike, outer_canthus: ArrayLike, *, mirrored: bool) -> Floats:
    """The ``to_frame`` of an eye from its canthi (2,), frame px.

    Args:
        inner_canthus: corner at the nose.
        outer_canthus: corner at the temple.
        mirrored: true for the subject's right eye.

    Raises:
        ValueError: the canthi coincide.
    """
    inner, outer = np.asarray(inner_canthus, np.float64), np.asarray(outer_canthus, np.float64)
    across = (outer - inner) / CANTHUS_SPAN_PX
    if not np.linalg.norm(across) > 0:
        raise ValueError(f"the canthi of an eye coincide at {inner.tolist()}")
    down = np.array([-across[1], across[0]]) * (-1.0 if mirrored else 1.0)
    center = np.array([(PATCH_SIZE[0] - 1) / 2, CANTHUS_Y_PX])
    linear = np.stack([across, down], axis=1)
    return np.column_stack([linear, (inner + outer) / 2 - linear @ center]).astype(np.float32)


def cut_patch(image: NDArray[np.uint8], to_frame: ArrayLike) -> NDArray[np.uint8]:
    """The patch (64, 96[, C]) of an image, area-averaged where the eye is larger than the patch."""
    matrix = np.asarray(to_frame, np.float64)
    shrink = max(1, round(float(np.hypot(*matrix[:, 0]))))
    width, height = PATCH_SIZE
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if shrink == 1:
        patch = cv2.warpAffine(image, matrix, PATCH_SIZE, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(patch, np.uint8)
    finer = matrix.copy()
    finer[:, :2] /= shrink
    finer[:, 2] -= finer[:, :2] @ np.full(2, (shrink - 1) / 2)
    large = cv2.warpAffine(
        image, finer, (width * shrink, height * shrink), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cv2.resize(large, PATCH_SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def apply(matrix: ArrayLike, points: ArrayLike) -> NDArray[np.float64]:
    """Points (..., 2) under an affine (2, 3)."""
    m = np.asarray(matrix, np.float64)
    return np.asarray(points, np.float64) @ m[:, :2].T + m[:, 2]


def invert(matrix: ArrayLike) -> NDArray[np.float64]:
    """The affine (2, 3) that undoes another."""
    return np.asarray(cv2.invertAffineTransform(np.asarray(matrix, np.float64)), np.float64)
