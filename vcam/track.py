"""Frame -> FaceTrack: mesh, head pose and eye regions, still on a still face, immediate otherwise."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.eyefollower import EyeFollower
from vcam.facemesh import FaceMesh, open_face_mesh
from vcam.geometry import headpose
from vcam.geometry.angles import angle_between
from vcam.geometry.camera import PinholeCamera
from vcam.geometry.landmarks import LEFT_EYE, RIGHT_EYE
from vcam.smoothing import OneEuro, fade
from vcam.types import FaceTrack, Frame, HeadPose, Image

Array = NDArray[np.float64]

_SMALLEST_SPAN_PX = 12.0
"""Distance of the outer canthi below which a mesh is no face to work with."""


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """How the face is followed."""

    model: str = ""
    """A MediaPipe ``face_landmarker.task`` file; empty: the mesh inside MediaPipe's wheel."""
    fov_deg: float = field(default=63.0, metadata={"range": (30.0, 120.0)})
    """What the longer side of the picture spans, horizontally for a laptop's camera."""


class MeshTracker:
    """Follows one face with MediaPipe's mesh; a FaceTracker."""

    def __init__(self, settings: TrackingSettings, mesh: FaceMesh | None = None) -> None:
        self._fov_deg = settings.fov_deg
        self._mesh = mesh or open_face_mesh(Path(settings.model) if settings.model else None)
        self._track_id = 0
        self._last: Array | None = None
        self._span = 1.0
        self._landmarks = OneEuro(min_cutoff_hz=1.5, beta=40.0, derivative_cutoff_hz=6.0, points=True)
        self._pose = OneEuro(min_cutoff_hz=1.0, beta=10.0, derivative_cutoff_hz=4.0)
        self._left, self._right = EyeFollower("left", LEFT_EYE), EyeFollower("right", RIGHT_EYE)

    def track(self, frame: Frame) -> FaceTrack | None:
        """The followed face, or None where there is none."""
        found = self._mesh.find(_rgb(frame), frame.captured_at)
        if found is None:
            self._last = None
            return None
        points = found.astype(np.float64)
        if _canthal_span(points) < _SMALLEST_SPAN_PX:
            self._last = None
            return None
        if self._last is None or np.linalg.norm(points.mean(0) - self._last.mean(0)) > self._span:
            self._start_anew(points)
        self._last = points
        smooth = self._landmarks(points / self._span, frame.captured_at) * self._span
        return self._describe(frame, points, smooth)

    def close(self) -> None:
        """Release the models."""
        self._mesh.close()

    def _start_anew(self, points: Array) -> None:
        self._track_id += 1
        self._span = _canthal_span(points)
        for state in (self._landmarks, self._pose, self._left, self._right):
            state.reset()

    def _describe(self, frame: Frame, points: Array, smooth: Array) -> FaceTrack:
        camera = PinholeCamera.from_field_of_view(frame.width, frame.height, self._fov_deg)
        rotation, translation = headpose.solve_head_pose(smooth, camera)
        state = self._pose(np.concatenate([rotation, translation / 100]), frame.captured_at)
        rotation, translation = state[:3], state[3:] * 100
        left, right = self._left.look(frame, points, smooth), self._right.look(frame, points, smooth)
        return FaceTrack(
            track_id=self._track_id,
            landmarks=smooth.astype(np.float32),
            head_pose=HeadPose(rotation.astype(np.float32), translation.astype(np.float32)),
            left_eye=left,
            right_eye=right,
            confidence=_confidence(smooth, rotation, translation, camera, min(left.width, right.width)),
        )


def _canthal_span(points: Array) -> float:
    """Distance of the outer canthi, px."""
    return float(np.linalg.norm(points[LEFT_EYE.outer_canthus] - points[RIGHT_EYE.outer_canthus]))


def _rgb(frame: Frame) -> Image:
    rgb = np.asarray(cv2.cvtColor(frame.image, cv2.COLOR_BGR2RGB), np.uint8)
    rgb.setflags(write=False)  # MediaPipe copies what may still change
    return rgb


def _confidence(
    points: Array, rotation: Array, translation: Array, camera: PinholeCamera, eye_width: float
) -> float:
    """[0, 1]: the least of how large, how frontal and how face-like the mesh is."""
    matrix = headpose.rotation_matrix(rotation)
    facing, to_lens = -matrix[:, 2], -translation
    turn_deg = np.degrees(angle_between(facing, to_lens))
    model = camera.project(headpose.MODEL_MM @ matrix.T + translation)
    misfit = np.sqrt(np.mean((points[headpose.MODEL_INDICES] - model) ** 2)) / max(eye_width, 1.0)
    return min(
        fade(eye_width, 20.0, 11.0), fade(float(turn_deg), 40.0, 55.0), fade(float(misfit), 0.15, 0.35)
    )
