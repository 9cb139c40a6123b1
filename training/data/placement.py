"""Where the patch is cut from a picture, with the tracker's error, and what the cut does to the labels.

Convention
    ``to_picture`` (2, 3) maps patch px to px of the picture. A direction is known in the frame of the true
    canthi; the patch is level with the canthi that were *found*, so a roll of these turns every direction by
    its opposite.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.samples import Floats, Mask
from vcam.geometry.angles import Float
from vcam.geometry.patch import CANTHUS_SPAN_PX, PATCH_SIZE, eye_to_frame, invert


@dataclass(frozen=True, slots=True)
class CanthusJitter:
    """How far the found canthi lie from the true ones; measured on the face mesh (synthesis.md E.5)."""

    shift: tuple[float, float] = (0.02, 0.04)
    """Least and greatest standard deviation of the eye's place, in eye widths."""
    scale: tuple[float, float] = (1.0, 1.08)
    """Least and greatest found distance of the canthi over the true one; the mesh finds 1.02 to 1.07."""
    roll_deg: float = 1.0
    """Standard deviation."""


MILD = CanthusJitter(shift=(0.005, 0.02), scale=(1.02, 1.07), roll_deg=0.7)
"""For a gaze estimator, whose pitch suffers from every shift (synthesis.md E.1)."""
EXACT = CanthusJitter(shift=(0.0, 0.0), scale=(1.0, 1.0), roll_deg=0.0)
STEP = CanthusJitter(shift=(0.004, 0.008), scale=(0.99, 1.01), roll_deg=0.3)
"""From one frame to the next, after the tracker's smoothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """One cut."""

    to_picture: Float
    """(2, 3)."""
    roll: float
    """Of the found canthi against the true ones, rad, clockwise in the picture."""

    @classmethod
    def draw(cls, canthi: Floats, jitter: CanthusJitter, rng: np.random.Generator) -> "Placement":
        """A cut around canthi (2, 2) found with ``jitter``; always takes five numbers from ``rng``."""
        inner, outer = canthi.astype(np.float64)
        spread, scale = rng.uniform(*jitter.shift), rng.uniform(*jitter.scale)
        roll = math.radians(jitter.roll_deg) * rng.standard_normal()
        across = outer - inner
        middle = (inner + outer) / 2 + rng.standard_normal(2) * spread * math.hypot(*across)
        c, s = math.cos(roll) * scale / 2, math.sin(roll) * scale / 2
        half = np.array([c * across[0] - s * across[1], s * across[0] + c * across[1]])
        return cls(eye_to_frame(middle - half, middle + half, mirrored=False).astype(np.float64), roll)

    def turned(self, direction: Floats) -> Floats:
        """A (pitch, yaw) of the true canthi's frame in the frame of the found ones."""
        pitch, yaw = float(direction[0]), float(direction[1])
        x, y = -math.cos(pitch) * math.sin(yaw), -math.sin(pitch)
        z = -math.cos(pitch) * math.cos(yaw)
        c, s = math.cos(self.roll), math.sin(self.roll)
        x, y = c * x + s * y, c * y - s * x
        return np.array([math.atan2(-y, math.hypot(x, z)), math.atan2(-x, -z)], np.float32)

    def cut_mask(self, mask: Mask) -> Mask:
        """(64, 96) uint8 of a mask (h, w); outside of the picture 0."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return np.asarray(cv2.warpAffine(mask, self.to_picture, PATCH_SIZE, flags=flags), np.uint8)

    def cut_flow(
        self, flow: NDArray[np.floating], visible: Mask, picture_size: tuple[int, int]
    ) -> tuple[Floats, Floats]:
        """Backward flow (64, 96, 2) in patch px, and where it is known (64, 96), 0 or 1.

        With q = A p + t the patch's place in the picture, the flow f(q) becomes A^-1 f(A p + t).

        Args:
            flow: (fh, fw, 2) in px of the picture, on a grid over the whole of it.
            visible: (fh, fw) 0 or 255.
            picture_size: (width, height) of the picture.
        """
        matrix = _to_grid(picture_size, (flow.shape[1], flow.shape[0]), self.to_picture)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        known = cv2.warpAffine(visible, matrix, PATCH_SIZE, flags=flags)
        field = cv2.warpAffine(np.asarray(flow, np.float32), matrix, PATCH_SIZE, flags=flags)
        turn = invert(self.to_picture)[:, :2].astype(np.float32)
        weight = (known >= 254).astype(np.float32)  # interpolation with an unknown neighbor is no truth
        return cv2.transform(field, turn) * weight[..., None], weight


def edit_region(eyeball: Mask) -> Floats:
    """(64, 96) in [0, 1]: a visible eyeball (64, 96) grown over the lids and up to the crease, feathered."""
    coarse = cv2.resize(eyeball, (PATCH_SIZE[0] // 2, PATCH_SIZE[1] // 2), interpolation=cv2.INTER_AREA)
    grown = cv2.dilate(coarse, _GROWTH, anchor=_GROWTH_ANCHOR)
    return _feathered(cv2.resize(grown, PATCH_SIZE, interpolation=cv2.INTER_LINEAR))


def ellipse_region(placement: Placement, canthi: Floats) -> Floats:
    """The same where the eyeball is unknown: an ellipse about the eye, as high as lids and crease reach."""
    to_patch = invert(placement.to_picture)
    inner, outer = canthi @ to_patch[:, :2].T + to_patch[:, 2]
    region = np.zeros(PATCH_SIZE[::-1], np.uint8)
    center = (inner + outer) / 2 - (0.0, 0.06 * CANTHUS_SPAN_PX)
    half = np.hypot(*(outer - inner)) * np.array([0.58, 0.42])
    angle = math.degrees(math.atan2(outer[1] - inner[1], outer[0] - inner[0]))
    cv2.ellipse(region, _rounded(center), _rounded(half), angle, 0, 360, 255, -1)
    return _feathered(region)


def _to_grid(picture: tuple[int, int], grid: tuple[int, int], matrix: Float) -> Float:
    """``matrix`` to picture px, continued to px of a coarser grid over the whole picture."""
    ratio = np.array([grid[0] / picture[0], grid[1] / picture[1]])
    scaled = matrix * ratio[:, None]
    scaled[:, 2] += ratio / 2 - 0.5
    return scaled


def _feathered(region: cv2.typing.MatLike) -> Floats:
    return cv2.blur(region, (_FEATHER_PX, _FEATHER_PX)).astype(np.float32) * np.float32(1 / 255)


def _rounded(point: NDArray[np.floating]) -> tuple[int, int]:
    return round(float(point[0])), round(float(point[1]))


_FEATHER_PX = 5
_UP, _DOWN, _SIDE = 5, 3, 3
"""Reach of the growth at half size, so 10, 6 and 6 px of the patch."""


def _growth() -> Mask:
    y, x = np.mgrid[-_UP : _DOWN + 1, -_SIDE : _SIDE + 1]
    reach = np.where(y < 0, _UP, _DOWN)
    # dilation looks from the grown pixel back to the eyeball, so the kernel stands on its head
    return ((y / reach) ** 2 + (x / _SIDE) ** 2 <= 1.0)[::-1].astype(np.uint8)


_GROWTH = _growth()
_GROWTH_ANCHOR = (_SIDE, _DOWN)
