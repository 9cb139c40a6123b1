"""Gaze <-> iris offset, the quantity in which two eyes that look at one point agree.

An iris offset (2,) is where the iris stands in the picture, from the projected center of the eyeball and
in its radii (``geometry.eyeball``); ``slope`` (2,) is that of the ray to the eye.
"""

import numpy as np
from numpy.typing import NDArray

from vcam.geometry import eyeball
from vcam.geometry.angles import pitch_yaw_from_vector, vector_from_pitch_yaw
from vcam.types import Gaze

Array = NDArray[np.float64]


def gaze_at(offset: Array, slope: Array) -> Gaze:
    """The gaze of an eye whose iris stands at ``offset``."""
    pitch, yaw = pitch_yaw_from_vector(eyeball.gaze_of_offset(offset, slope))
    return Gaze(float(pitch), float(yaw))


def offset_at(gaze: Gaze, slope: Array) -> Array:
    """The iris offset (2,) of an eye with this gaze."""
    return eyeball.offset_of_gaze(vector_from_pitch_yaw(gaze.pitch, gaze.yaw), slope)
