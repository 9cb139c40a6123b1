"""How much of a redrawn eye replaces the old one, for each place of the eye patch.

The mask is full over the opening between the lids, old and new, and falls smoothly to 0: upward over the
lid to the crease, since the lid follows the gaze, and a little way down and to the sides. It ends well
inside the eye region, the lid polygon grown by 0.6 eye widths, to which every edit is bound, and inside
the patch.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcam.geometry.lids import EyeAxes, LidCurves
from vcam.geometry.patch import CANTHUS_SPAN_PX, CANTHUS_Y_PX, PATCH_SIZE

Floats = NDArray[np.float32]

_UP_FULL, _UP_NONE = 0.20, 0.42
"""Eye widths above the upper margin up to which the mask is full, since 20 degrees of pitch raise it as far,
and from where it is nothing."""
_DOWN_FULL, _DOWN_NONE = 0.08, 0.26
"""Likewise below the lower margin."""
_SIDE_FULL, _SIDE_NONE = 0.02, 0.18
"""Likewise beyond the canthi."""

_WIDTH, _HEIGHT = PATCH_SIZE
_S = ((np.arange(_WIDTH, dtype=np.float32) - (_WIDTH - 1) / 2) / CANTHUS_SPAN_PX)[None]
_T = ((np.arange(_HEIGHT, dtype=np.float32) - CANTHUS_Y_PX) / CANTHUS_SPAN_PX)[:, None]
"""Eye coordinates (``lids``) of the patch's columns and rows, eye widths."""
_AXES = EyeAxes(
    np.array([(_WIDTH - 1) / 2, CANTHUS_Y_PX], np.float32), np.array([1.0, 0.0], np.float32), CANTHUS_SPAN_PX
)


def _fall(x: NDArray[np.floating], full: float, none: float) -> NDArray[np.floating]:
    """1 up to ``full``, 0 from ``none`` on, flat at both ends."""
    rest = ((np.float32(none) - x) * np.float32(1 / (none - full))).clip(0, 1)
    return rest * rest * (3 - 2 * rest)


_X, _Y = (np.arange(size, dtype=np.float32) for size in PATCH_SIZE)
_TO_BORDER = np.minimum(np.minimum(_X, _X[::-1])[None], np.minimum(_Y, _Y[::-1])[:, None])
_INSIDE = _fall(-_TO_BORDER, -5.0, 0.0)
"""1 but for the patch's border, to which the crease of an eye that is wide open comes close."""


def edit_mask(upper_lid: ArrayLike, lower_lid: ArrayLike) -> Floats:
    """The mask (64, 96) float32 in [0, 1] of an eye whose lid margins are (K, 2), patch px."""
    upper, lower = LidCurves.fit(_AXES, upper_lid, lower_lid).margins(_S)
    above = _fall(upper - _T, _UP_FULL, _UP_NONE)
    below = _fall(_T - lower, _DOWN_FULL, _DOWN_NONE)
    beside = _fall(np.abs(_S) - 0.5, _SIDE_FULL, _SIDE_NONE)
    return (above * below * beside * _INSIDE).astype(np.float32)
