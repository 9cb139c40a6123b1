"""The scans' pictures made ready to be drawn: smaller, without the plain border, relief as slopes."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.errors import AssetError
from training.synthesis.eyes.assets import Picture, SkinFiles, read_picture
from training.synthesis.eyes.surface import PICTURE_MM

SIDE_PX = 512
"""About 7 px per mm of skin; the drawing has 5."""
RELIEF_MM = 6.0
"""Height between black and white of a displacement picture (chosen by eye; the scans don't say)."""
SLOPE_RANGE = 1.5
"""Slope that the ends of 8 bits stand for."""
_FILL_SHRINK = 8
_FILL_SIGMAS = (1.0, 2.5, 6.0, 14.0)
"""Blurs that carry color outward, px of the picture shrunk by _FILL_SHRINK."""


@dataclass(frozen=True, slots=True)
class SkinPictures:
    """One person's pictures, RGB uint8 (SIDE_PX, SIDE_PX, 3), row 0 at the top."""

    color: Picture
    color_down: Picture
    slope: Picture
    """(SIDE_PX, SIDE_PX, 2): rise toward the viewer per length to image right and down, 128 for none."""


def read_skin(files: SkinFiles) -> SkinPictures:
    """Read and prepare one person's pictures; raises AssetError."""
    color, down = (_without_border(read_rgb(path)) for path in (files.color, files.color_down))
    return SkinPictures(color, down, _slope(files.displacement))


def read_rgb(path: Path) -> Picture:
    """(SIDE_PX, SIDE_PX, 3) RGB; raises AssetError."""
    small = cv2.resize(read_picture(path), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB), np.uint8)


def read_lashes(path: Path) -> Picture:
    """(SIDE_PX, SIDE_PX) how much of each place a hair covers; raises AssetError."""
    picture = read_picture(path, cv2.IMREAD_UNCHANGED)
    if picture.ndim != 3 or picture.shape[2] != 4:
        raise AssetError(f"{path}: expected a picture with transparency, found {picture.shape}; see --assets")
    alpha = np.ascontiguousarray(picture[..., 3])
    return np.asarray(cv2.resize(alpha, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), np.uint8)


def _without_border(picture: Picture) -> Picture:
    """The picture with its plain border replaced by the skin's own colors, carried outward."""
    differs = np.abs(picture.astype(np.int16) - picture[-2, -2]).max(axis=2) > 6
    solid = cv2.morphologyEx(differs.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((61, 61), np.uint8))
    # The picture's edge is no border: what lies beyond it counts as skin.
    inside = cv2.erode(solid, np.ones((31, 31), np.uint8)).astype(np.float32)
    skin = 1 - _eye_opening(picture)
    share = (cv2.GaussianBlur(inside, (0, 0), 9.0) * cv2.GaussianBlur(skin, (0, 0), 1.0))[..., None]
    known = inside * skin
    small = (SIDE_PX // _FILL_SHRINK, SIDE_PX // _FILL_SHRINK)
    weight = cv2.resize(known, small, interpolation=cv2.INTER_AREA)
    color = cv2.resize(picture * known[..., None], small, interpolation=cv2.INTER_AREA)
    filled = np.zeros_like(color)
    for sigma in reversed(_FILL_SIGMAS):
        reached = cv2.GaussianBlur(weight, (0, 0), sigma)[..., None]
        carried = cv2.GaussianBlur(color, (0, 0), sigma) / np.maximum(reached, 1e-4)
        sure = np.clip(reached * 8, 0, 1)
        filled = sure * carried + (1 - sure) * filled
    filled = cv2.resize(filled, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(share * picture + (1 - share) * filled, 0, 255), np.uint8)


def _eye_opening(picture: Picture) -> NDArray[np.float32]:
    """(H, W) 1 where the scan is blackened because the eyeball was there; its black must not bleed out."""
    left, right, top, bottom = (round(share * SIDE_PX) for share in (0.3, 0.72, 0.40, 0.62))
    black = np.zeros(picture.shape[:2], np.float32)
    window = slice(top, bottom), slice(left, right)
    black[window] = picture[window].max(axis=2) < 12
    return np.asarray(cv2.dilate(black, np.ones((7, 7), np.uint8)), np.float32)


def _slope(path: Path) -> Picture:
    """Slopes of a displacement picture, 16 bit."""
    picture = read_picture(path, cv2.IMREAD_UNCHANGED)
    height = picture[..., 0] if picture.ndim == 3 else picture
    height = cv2.resize(height.astype(np.float32), (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)
    height = cv2.GaussianBlur(height, (0, 0), 0.8) * (RELIEF_MM / 65535)
    texel_mm = PICTURE_MM / SIDE_PX
    slope = np.stack([np.gradient(height, texel_mm, axis=1), np.gradient(height, texel_mm, axis=0)], axis=-1)
    return np.asarray(np.clip(128 + slope * (127 / SLOPE_RANGE), 0, 255), np.uint8)
