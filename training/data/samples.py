"""What every data set gives: pictures of one eye, singly or as pairs that differ in nothing but the gaze.

Convention
    Pictures are (h, w, 3) uint8 RGB with the inner canthus on the left: the subject's right eye is mirrored.
    Gaze and head are (pitch, yaw) float32 rad in the patch frame: (0, 0) looks into the lens, pitch is
    positive upward, yaw positive toward picture left (toward the nose). Points are (x, y) px, pixel centers
    at integers.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class EyePicture:
    """One picture of one eye."""

    image: Image
    """(h, w, 3)."""
    gaze: Floats
    """(2,) line of sight."""
    head: Floats
    """(2,) where the face points."""
    canthi: Floats
    """(2, 2) inner and outer canthus, px of the picture."""
    person: str
    openness: float = float("nan")
    """Height of the fissure over the distance of the canthi; nan where the data set does not say."""


@dataclass(frozen=True, slots=True, eq=False)
class EyeSample:
    """Two pictures of one eye under one light and head pose: redraw ``source`` as ``target``."""

    source: Image
    target: Image
    source_gaze: Floats
    target_gaze: Floats
    head: Floats
    canthi: Floats
    """(2, 2) inner and outer canthus, px; the same in both pictures."""
    person: str
    source_mask: Mask | None = None
    """(h, w) 0 or 255: the visible eyeball; None where the data set does not say."""
    target_mask: Mask | None = None
    flow: NDArray[np.floating] | None = None
    """(fh, fw, 2) backward flow in px of the picture, on a grid of any size over the whole picture."""
    visible: Mask | None = None
    """(fh, fw) 0 or 255: where the source shows what the target shows."""
    openness: tuple[float, float] = (float("nan"), float("nan"))
    """Of source and target."""
    source_lids: Floats | None = None
    """(2, K, 2) upper and lower lid margin from the inner to the outer canthus, px; None as for the masks."""
    source_iris: Floats | None = None
    """(5,) limbus ellipse: center, semi-axes a and b, px, and the angle of a, rad."""
    leave_alone: bool = False
    """The source is too closed to be redrawn: ``target`` is the source itself, whatever gaze is asked."""


class EyePairs(Protocol):
    """Pairs by number; two reads of a number give the same pair."""

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who occurs."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> EyeSample: ...


class EyePictures(Protocol):
    """Single pictures by number."""

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who occurs."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> EyePicture: ...
