"""One person's calibration before one camera, and how it changes an estimate."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from vcam.errors import VcamError

Array = NDArray[np.float64]
Step: TypeAlias = Literal["lens", "face", "top left", "top right", "bottom right", "bottom left"]
STEPS: tuple[Step, ...] = get_args(Step)
"""What the person looks at, in this order; corners as the person sees the screen."""

LARGEST_OFFSET_DEG = 20.0
SCALES = 0.5, 2.0
_LIMITS = {
    "pitch_offset_deg": (-LARGEST_OFFSET_DEG, LARGEST_OFFSET_DEG),
    "yaw_offset_deg": (-LARGEST_OFFSET_DEG, LARGEST_OFFSET_DEG),
    "pitch_scale": SCALES,
    "yaw_scale": SCALES,
    "screen_pitch_deg": (-90.0, 90.0),
    "screen_yaw_deg": (-90.0, 90.0),
    "samples": (0, math.inf),
    "spread_deg": (0.0, 90.0),
}


class CalibrationError(VcamError):
    """The eyes did not do what they were asked to; ``steps`` are to be done again."""

    def __init__(self, message: str, steps: Sequence[Step] = STEPS) -> None:
        super().__init__(message)
        self.steps = tuple(steps)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What to make of the estimate. Pitch is up, yaw toward image left (``geometry.angles``)."""

    pitch_offset_deg: float
    """Added to the estimated pitch."""
    yaw_offset_deg: float
    """Added to the estimated yaw."""
    pitch_scale: float
    """Of the pitch from the lens, once the offset is added: so a look into the lens stays one."""
    yaw_scale: float
    screen_pitch_deg: float
    """Where the middle of the face on the screen stands as seen from the eyes, from the lens."""
    screen_yaw_deg: float
    made_at: str
    """ISO 8601."""
    samples: int
    """Looks that counted."""
    spread_deg: float
    """How far single looks lie around the mean of their step (root mean square per axis)."""

    def __post_init__(self) -> None:
        """Raises CalibrationError for numbers that no calibration can have."""
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if not (isinstance(value, (int, float)) and low <= value <= high):
                raise CalibrationError(
                    f"calibration: {name}: expected a number from {low:g} to {high:g}, got {value!r}; "
                    "calibrate again"
                )

    def corrected(self, offset: Array) -> Array:
        """The iris offset (2,) that the person really has where the estimate says ``offset``."""
        shift_deg = self.pitch_offset_deg, self.yaw_offset_deg
        return about_lens(offset, shift_deg, (self.pitch_scale, self.yaw_scale))


def about_lens(offset: Array, shift_deg: tuple[float, float], scale: tuple[float, float]) -> Array:
    """An iris offset (2,) with (pitch, yaw) added, deg, and then scaled about the lens."""
    return (offset - np.radians(shift_deg[::-1])) * np.array(scale[::-1])


def described(step: Step) -> str:
    """The step's target as a sentence names it."""
    return {"lens": "the lens", "face": "the face"}.get(step, f"the {step} corner")
