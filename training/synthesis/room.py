"""The wall behind the person: a plain room, out of focus."""

import cv2
import numpy as np
from numpy.typing import NDArray

_WALL = ((0.44, 0.42, 0.39), (0.30, 0.29, 0.275))  # linear RGB, lit side and far side
_BOOKS = ((0.30, 0.09, 0.06), (0.06, 0.12, 0.19), (0.32, 0.26, 0.15), (0.10, 0.16, 0.11), (0.45, 0.42, 0.38))


def room(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """(height, width, 3) linear RGB light: a wall darker away from the window, a shelf, a lamp, a plant."""
    across = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    near, far = (np.array(c, np.float32) for c in _WALL)
    picture = np.asarray(near + (far - near) * (0.75 * across + 0.25 * down), np.float32)
    picture = np.broadcast_to(picture, (height, width, 3)).copy()
    _shelf(picture, rng)
    _plant(picture, rng)
    blurred = cv2.GaussianBlur(picture, (0, 0), height / 60)
    glow = np.exp(-(((across - 0.93) / 0.10) ** 2 + ((down - 0.30) / 0.22) ** 2))
    return np.asarray(blurred + glow * np.array([0.22, 0.15, 0.08], np.float32), np.float32)


def _shelf(picture: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Two boards of books on the right."""
    height, width = picture.shape[:2]
    left, right = int(0.70 * width), int(1.02 * width)
    for top, bottom in ((0.16, 0.42), (0.47, 0.74)):
        floor = int(bottom * height)
        cv2.rectangle(picture, (left, floor), (right, floor + height // 50), (0.20, 0.13, 0.08), -1)
        x = left + width // 100
        while x < right:
            thickness = int(rng.uniform(0.012, 0.028) * width)
            tall = int(rng.uniform(0.55, 0.95) * (bottom - top) * height)
            if rng.random() < 0.85:
                color = np.array(_BOOKS[rng.integers(len(_BOOKS))]) * rng.uniform(0.6, 1.1)
                cv2.rectangle(picture, (x, floor - tall), (x + thickness, floor), tuple(color.tolist()), -1)
            x += thickness


def _plant(picture: NDArray[np.float32], rng: np.random.Generator) -> None:
    """Leaves at the left edge."""
    height, width = picture.shape[:2]
    root = np.array([0.07 * width, 0.86 * height])
    for _ in range(22):
        angle = rng.normal(-np.pi / 2, 0.55)
        length = rng.uniform(0.18, 0.42) * height
        tip = root + length * np.array([np.cos(angle), np.sin(angle)])
        middle = 0.45 * root + 0.55 * tip
        green = np.array([0.055, 0.11, 0.045]) * rng.uniform(0.7, 1.6)
        axes = (int(0.34 * length), int(0.055 * length))
        center = (int(middle[0]), int(middle[1]))
        cv2.ellipse(picture, center, axes, float(np.degrees(angle)), 0, 360, tuple(green.tolist()), -1)
