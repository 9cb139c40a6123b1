"""Frame, FaceTrack -> GazeEstimate by geometry: where the iris stands on the eyeball's picture."""

import numpy as np
from numpy.typing import NDArray

from vcam.calibration import Calibration
from vcam.gaze.offsets import gaze_at
from vcam.gaze.settings import GazeSettings, PersonalCorrection
from vcam.geometry import eyeball
from vcam.geometry.headpose import rotation_matrix
from vcam.smoothing import SettlingMean
from vcam.types import EyeGaze, EyeRegion, FaceTrack, Frame, GazeEstimate

Array = NDArray[np.float64]

_SETTLING_LOOKS = 60
"""Clear looks from which the difference between the two eyes is learned; later ones refine it slowly."""


class GeometricGazeEstimator:
    """Reads the gaze off the iris center, both eyes together; a GazeEstimator.

    People's eyeballs do not sit exactly where an average head has them. What both eyes share of that
    error needs a calibration (``calibrate``); what differs between them is learned, since both look
    at the same point: the estimate is the mean of the two, each given its own constant offset.
    """

    def __init__(self, settings: GazeSettings) -> None:
        self._personal = PersonalCorrection(settings)
        self._track_id: int | None = None
        self._split = SettlingMean(_SETTLING_LOOKS, 2)

    def calibrate(self, calibration: Calibration | None) -> None:
        """What a calibration found, from the next frame on; from any thread."""
        self._personal.calibration = calibration

    def estimate(self, frame: Frame, track: FaceTrack) -> GazeEstimate:  # noqa: ARG002 - learned estimators read it
        """Gaze of both eyes in the camera frame."""
        if track.track_id != self._track_id:
            self._track_id, self._split = track.track_id, SettlingMean(_SETTLING_LOOKS, 2)
        head = rotation_matrix(track.head_pose.rotation)
        slopes = [_slope(track, head, eye) for eye in track.eyes]
        left, right = (iris_offset(eye, head, slope) for eye, slope in zip(track.eyes, slopes, strict=True))
        trust = [eye.iris_confidence * track.confidence for eye in track.eyes]
        if min(trust) > 0.5:
            self._split.add(left - right)
        half, weights = self._split.value / 2, np.array(trust) + 1e-3
        mean = self._personal(weights @ np.stack([left - half, right + half]) / weights.sum())
        gazes = [gaze_at(mean, slope) for slope in slopes]
        return GazeEstimate(*(EyeGaze(gaze, t) for gaze, t in zip(gazes, trust, strict=True)))


def iris_offset(eye: EyeRegion, head: Array, slope: Array) -> Array:
    """Where the iris stands (2,), in eyeball radii from the projected eyeball center.

    Args:
        eye: the tracked eye; its learned iris size is the ruler, so head distance is not needed.
        head: (3, 3) rotation of the head.
        slope: (2,) of the ray to the eye, see ``eyeball``.
    """
    px_per_mm = eye.iris_radius / eyeball.IRIS_RADIUS_MM
    mirror = np.array([1.0 if eye.side == "left" else -1.0, 1.0, 1.0])
    behind = head @ (eyeball.CENTER_FROM_CANTHI_MM * mirror)
    # what lies farther from the lens also lies closer to the picture's center
    center = (eye.inner_canthus + eye.outer_canthus) / 2 + px_per_mm * (behind[:2] - slope * behind[2])
    return (eye.iris_center - center) / (px_per_mm * eyeball.IRIS_DISTANCE_MM)


def _slope(track: FaceTrack, head: Array, eye: EyeRegion) -> Array:
    position = eyeball.eye_position(head, track.head_pose.translation, left=eye.side == "left")
    return position[:2] / position[2]
