"""What a guided look at the lens and over the screen tells of one person's gaze estimate. Numbers only.

Convention
    All is computed in iris offsets (``geometry.eyeball``): (x, y) in eyeball radii, (0, 0) for an eye that
    looks into the lens, wherever it is. An eye at ``e`` that looks at a point ``T`` of the lens's own plane
    (z = 0, roughly the screen's) has the offset ``T / |T - e|``. Angles run against it: -degrees(offset).
"""

from vcam.calibration.fitting import fit
from vcam.calibration.looks import SACCADE_S, Observation, lens_misses_deg, observation
from vcam.calibration.screen import Screen
from vcam.calibration.values import STEPS, Calibration, CalibrationError, Step, about_lens, described

__all__ = [
    "SACCADE_S",
    "STEPS",
    "Calibration",
    "CalibrationError",
    "Observation",
    "Screen",
    "Step",
    "about_lens",
    "described",
    "fit",
    "lens_misses_deg",
    "observation",
]
