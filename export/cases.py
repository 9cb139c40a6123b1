"""Inputs on which answers are compared: drawn eyes, noise, and the special cases of a redirection."""

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.spec import ModelSpec
from vcam.geometry.gazemap import draw_gaze_maps
from vcam.geometry.patch import PATCH_SIZE

Arrays = dict[str, NDArray[np.float32]]

SKIN, SCLERA, IRIS = (0.78, 0.58, 0.49), (0.85, 0.82, 0.8), (0.25, 0.17, 0.12)
WIDEST = np.radians(30.0)
"""Gazes and heads are drawn up to this far from straight."""


def cases_of(spec: ModelSpec, seed: int) -> dict[str, Arrays]:
    """Named inputs of a model with the contract's input names, the same for the same seed."""
    rng = np.random.default_rng(seed)
    eyes = spec.inputs[0].shape[0]
    names = [port.name for port in spec.inputs]
    gaze, target, head = rng.uniform(-WIDEST, WIDEST, (3, eyes, 2)).astype(np.float32)
    down = np.tile(np.radians([[-25.0, 5.0]]), (eyes, 1)).astype(np.float32)
    straight = np.zeros((eyes, 2), np.float32)
    cases = {
        "blurred noise": (blurred_noise(eyes, rng), gaze, target, head),
        "drawn eyes": (drawn_eyes(gaze, rng), gaze, target, head),
        "down to the lens": (drawn_eyes(down, rng), down, straight, head),
        "nothing to do": (drawn_eyes(gaze, rng), gaze, gaze, head),
        "far corners": (drawn_eyes(-down, rng), -2 * down, 2 * down, -head),
    }
    keys = ("patch", "source_gaze", "target_gaze", "head")
    return {
        case: {key: value for key, value in zip(keys, values, strict=True) if key in names}
        for case, values in cases.items()
    }


def blurred_noise(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Patches (N, 3, h, w) of full contrast, as fine as a lens can draw."""
    noise = rng.random((count, *PATCH_SIZE[::-1], 3), np.float32)
    blurred = np.stack([cv2.GaussianBlur(patch, (0, 0), 1.0) for patch in noise])
    return ((blurred - 0.5) * 3 + 0.5).clip(0, 1).transpose(0, 3, 1, 2).astype(np.float32)


def drawn_eyes(gaze: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Patches (N, 3, h, w) of eyes between almond-shaped lids that look as told, with sensor noise."""
    width, height = PATCH_SIZE
    maps = draw_gaze_maps(gaze, PATCH_SIZE, eyeball_ratio=0.65)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x - (width - 1) / 2) / 26, y - (height - 1) / 2
    opening = np.clip(10 * (1 - x * x) - np.abs(y) + 0.5, 0, 1)
    skin, sclera, iris = (np.reshape(color, (1, 3, 1, 1)) for color in (SKIN, SCLERA, IRIS))
    eye = sclera + (iris - sclera) * maps[:, :1]
    noise = rng.normal(0, 0.02, (len(gaze), 3, height, width))
    return (skin + (eye - skin) * opening + noise).clip(0, 1).astype(np.float32)
