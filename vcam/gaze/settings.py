"""The person's own correction of the estimated gaze."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class GazeSettings:
    """The person's own correction of the estimate; calibration finds it."""

    pitch_offset_deg: float = field(default=0.0, metadata={"range": (-15.0, 15.0)})
    """Added to the estimated pitch."""
    yaw_offset_deg: float = field(default=0.0, metadata={"range": (-15.0, 15.0)})
    """Added to the estimated yaw."""

    @property
    def iris_offset(self) -> NDArray[np.float64]:
        """(2,) the same for an iris offset (``offsets``), which runs against the angles."""
        return -np.radians([self.yaw_offset_deg, self.pitch_offset_deg])
