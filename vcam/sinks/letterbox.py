"""A picture of any size inside one of a given size."""

import cv2
import numpy as np

from vcam.types import Image


def letterbox(image: Image, size: tuple[int, int]) -> Image:
    """``image`` (H, W, 3) scaled to fit (width, height) px, centered on black; itself if it fits already."""
    width, height = size
    rows, columns = image.shape[:2]
    if (columns, rows) == size:
        return image
    scale = min(width / columns, height / rows)
    inner = max(1, round(columns * scale)), max(1, round(rows * scale))
    canvas = np.zeros((height, width, 3), np.uint8)
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    scaled = cv2.resize(image, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas[top : top + inner[1], left : left + inner[0]] = scaled
    return canvas
