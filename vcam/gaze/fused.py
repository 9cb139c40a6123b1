"""Frame, FaceTrack -> GazeEstimate by geometry and a learned model together.

Geometry reads yaw well and pitch badly, because the mesh's iris keeps only part of a vertical movement;
a network on the same eyes keeps the order of pitch and works where the limbus is hidden. Both are brought
to iris offsets (``geometry.eyeball``), which the two eyes share, and averaged per axis by their variances.
"""

import numpy as np
from numpy.typing import NDArray

from vcam.calibration import Calibration
from vcam.gaze.learned import SURE_DEG, UNSURE_DEG, LearnedGaze, Look
from vcam.gaze.offsets import gaze_at, offset_at
from vcam.gaze.settings import GazeSettings, PersonalCorrection
from vcam.smoothing import SettlingMean, fade
from vcam.stages import GazeEstimator
from vcam.types import EyeGaze, FaceTrack, Frame, GazeEstimate

Array = NDArray[np.float64]

_GEOMETRIC_SIGMA = np.radians([2.5, 6.0])
"""Standard deviation (x, y) of the geometric estimate of a clear iris."""
_SETTLING_FRAMES = 300
"""Clear frames from which the difference between the two is learned; later ones refine it slowly."""


class FusedGazeEstimator:
    """Averages a geometric and a learned estimate by their variances; a GazeEstimator.

    The two differ by a constant of the person's own (the eyeball's place and size for one, the angle
    between optical and visual axis for the other). It is learned slowly, and divided between them by the
    weights that they usually have. So the mean is what their variances make it, and a moment in which one
    of them is unsure hands over to the other without a jump.
    """

    def __init__(self, geometric: GazeEstimator, learned: LearnedGaze, settings: GazeSettings) -> None:
        """Combine two estimates; ``settings`` is the person's own correction of both."""
        self._geometric, self._learned = geometric, learned
        self._personal = PersonalCorrection(settings)
        self._track_id: int | None = None
        self._forget()

    def _forget(self) -> None:
        self._learned.reset()
        self._difference = SettlingMean(_SETTLING_FRAMES, 2)
        self._usual = SettlingMean(_SETTLING_FRAMES, 2)

    def calibrate(self, calibration: Calibration | None) -> None:
        """What a calibration found, from the next frame on; from any thread."""
        self._personal.calibration = calibration

    def estimate(self, frame: Frame, track: FaceTrack) -> GazeEstimate:
        """Gaze of both eyes in the camera frame."""
        if track.track_id != self._track_id:
            self._track_id = track.track_id
            self._forget()
        by_iris, look = self._geometric.estimate(frame, track), self._learned.look(frame, track)
        trust = by_iris.left.confidence, by_iris.right.confidence
        mean = self._personal(self._mean(_common_offset(by_iris, look.slopes), trust, look))
        sure = [track.confidence * fade(s, SURE_DEG, UNSURE_DEG) for s in np.degrees(look.sigma.max(axis=1))]
        left, right = (
            EyeGaze(gaze_at(mean, slope), max(pair))
            for slope, *pair in zip(look.slopes, trust, sure, strict=True)
        )
        return GazeEstimate(left, right)

    def _mean(self, geometric: Array, trust: tuple[float, float], look: Look) -> Array:
        """(2,) iris offset that both eyes have by both estimates."""
        share = _geometric_share(sum(trust) / 2, look.sigma)
        if min(trust) > 0.5:
            self._difference.add(look.offset - geometric)
            self._usual.add(share)
        usual, difference = self._usual.value, self._difference.value
        learned = look.offset - usual * difference
        return learned + share * (geometric + (1 - usual) * difference - learned)


def _geometric_share(trust: float, sigma: Array) -> Array:
    """(2,) weight of the geometric offset (x, y) against the learned one; together they are 1."""
    geometric, learned = trust * _GEOMETRIC_SIGMA**-2.0, np.mean(sigma**-2.0, axis=0)
    return geometric / (geometric + learned)


def _common_offset(estimate: GazeEstimate, slopes: Array) -> Array:
    """(2,) mean iris offset of both eyes."""
    gazes = estimate.left.gaze, estimate.right.gaze
    return np.mean([offset_at(gaze, slope) for gaze, slope in zip(gazes, slopes, strict=True)], axis=0)
