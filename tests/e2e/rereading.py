"""The gaze in corrected pictures, read by a fresh tracker and a fresh estimator."""

from dataclasses import replace

from vcam.gaze.geometric import GeometricGazeEstimator
from vcam.gaze.settings import GazeSettings
from vcam.track import MeshTracker, TrackingSettings
from vcam.types import FaceTrack, Frame, GazeEstimate


class Rereading:
    """Takes only the irises from the corrected picture.

    The corners of the eyes are the input's: nothing moved them, but MediaPipe's mesh lets itself be drawn
    up to 3 px along with the iris, which would hide half of a vertical correction.
    """

    def __init__(self) -> None:
        self._tracker = MeshTracker(TrackingSettings())
        self._estimator = GeometricGazeEstimator(GazeSettings())

    def read(self, frame: Frame, before: FaceTrack) -> GazeEstimate:
        """Where the eyes of a corrected frame look, given the track of the same frame as it was."""
        after = self._tracker.track(frame)
        assert after, "the corrected picture shows no face"
        left, right = (
            replace(eye, iris_center=new.iris_center, iris_confidence=new.iris_confidence)
            for eye, new in zip(before.eyes, after.eyes, strict=True)
        )
        return self._estimator.estimate(frame, replace(before, left_eye=left, right_eye=right))

    def close(self) -> None:
        self._tracker.close()
