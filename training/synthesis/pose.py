"""Where the head is, where the eyes look and how far the lids are shut, at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np

from training.synthesis.face_model import EYEBALL_CENTERS_MM
from vcam.geometry.angles import Float

SIDES = ("left", "right")
"""The subject's."""


@dataclass(frozen=True, slots=True)
class Pose:
    """One moment of a person, in the camera frame."""

    rotation: Float
    """(3,) axis-angle rad, head frame to camera frame."""
    translation: Float
    """(3,) mm: the head frame's origin, midway between the eyeball centers."""
    shoulders: Float
    """(3,) mm: where that origin would be, were the head straight above the shoulders."""
    gaze: Mapping[str, Float]
    """Side to unit vector (3,): the line of sight."""
    blink: Mapping[str, float]
    """Side to lid closure, 0 to 1."""
    expression: Mapping[str, float] = field(default_factory=dict)
    """Other expression weights of the head model."""

    @property
    def turn(self) -> Float:
        """(3, 3) head frame to camera frame."""
        return np.asarray(cv2.Rodrigues(self.rotation)[0], np.float64)

    def eyeball_center(self, side: str) -> Float:
        """(3,) mm."""
        return self.turn @ EYEBALL_CENTERS_MM[side] + self.translation


def unit(vector: Float) -> Float:
    """The vector (..., 3) at length 1."""
    return vector / np.linalg.norm(vector, axis=-1, keepdims=True)
