"""The person's own correction of the estimated gaze."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcam.calibration import Calibration, about_lens


@dataclass(frozen=True, slots=True)
class GazeSettings:
    """A correction of the estimate set by hand; a calibration comes on top of it and finds its own."""

    pitch_offset_deg: float = field(default=0.0, metadata={"range": (-15.0, 15.0)})
    """Added to the estimated pitch."""
    yaw_offset_deg: float = field(default=0.0, metadata={"range": (-15.0, 15.0)})
    """Added to the estimated yaw."""
    pitch_scale: float = field(default=1.0, metadata={"range": (0.5, 2.0)})
    """Of the pitch from the lens, once the offset is added."""
    yaw_scale: float = field(default=1.0, metadata={"range": (0.5, 2.0)})


class PersonalCorrection:
    """What is made of an estimated iris offset (``offsets``): the settings first, then the calibration."""

    def __init__(self, settings: GazeSettings) -> None:
        self._shift_deg = settings.pitch_offset_deg, settings.yaw_offset_deg
        self._scale = settings.pitch_scale, settings.yaw_scale
        self.calibration: Calibration | None = None
        """May be set from any thread; holds from the next estimate on."""

    def __call__(self, offset: NDArray[np.float64]) -> NDArray[np.float64]:
        """The corrected iris offset (2,)."""
        by_hand, calibration = about_lens(offset, self._shift_deg, self._scale), self.calibration
        return by_hand if calibration is None else calibration.corrected(by_hand)
