"""A synthetic person before a pinhole camera: exact landmarks, tracks and pictures of known eyes.

Everything is projected from 3D with full perspective, so nothing here shares the shortcuts of the code
under test. Lengths are mm in the head and camera frames (docs/conventions.md), px in pictures.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcam.geometry import eyeball
from vcam.geometry.angles import pitch_yaw_from_vector, vector_from_pitch_yaw
from vcam.geometry.camera import PinholeCamera
from vcam.geometry.headpose import MODEL_INDICES, MODEL_MM, rotation_matrix
from vcam.geometry.landmarks import LEFT_EYE, RIGHT_EYE, EyeIndices
from vcam.types import EyeRegion, FaceTrack, Frame, Gaze, HeadPose, Image, Side

Array = NDArray[np.float64]

SIZE = (1280, 720)
FOV_DEG = 63.0
CAMERA = PinholeCamera.from_field_of_view(*SIZE, FOV_DEG)
FPS = 30.0

SKIN, SCLERA, IRIS, PUPIL, CATCHLIGHT = (
    np.array(bgr, np.float32)
    for bgr in ((120, 150, 205), (205, 212, 220), (70, 85, 100), (18, 18, 20), (250, 250, 250))
)
PUPIL_SHARE = 0.4
"""Radius of the drawn pupil, iris radii."""
_OUTER_MM, _INNER_MM = (
    MODEL_MM[index == MODEL_INDICES][0] for index in (LEFT_EYE.outer_canthus, LEFT_EYE.inner_canthus)
)
_LID_PLACES = np.linspace(-0.5, 0.5, 9)[1:-1]
_FINE = 8
"""Sub-pixels per px and axis of a drawn edge."""


def gaze_deg(pitch: float, yaw: float) -> Gaze:
    return Gaze(float(np.radians(pitch)), float(np.radians(yaw)))


@dataclass(frozen=True)
class Person:
    """Where the head is, where each eye looks, and what the eyes are like."""

    turn_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Axis-angle rotation of the head."""
    at_mm: tuple[float, float, float] = (0.0, 0.0, 550.0)
    looks: Gaze = field(default_factory=lambda: gaze_deg(0.0, 0.0))
    """From between the eyes; both eyes then look at the point where this meets the lens's own plane."""
    openness: float = 0.32
    """Lid to lid in the middle of the eye, eye widths."""
    upper_share: float = 0.72
    """How much of that lies above the line between the canthi."""
    askew_deg: tuple[float, float] = (0.0, 0.0)
    """Pitch and yaw by which the left iris sits off its gaze; the right one is off the other way."""

    @property
    def pose(self) -> HeadPose:
        rotation = np.radians(self.turn_deg).astype(np.float32)
        return HeadPose(rotation, np.array(self.at_mm, np.float32))

    def in_camera(self, head_mm: ArrayLike) -> Array:
        """Camera-frame points of head-frame points (..., 3)."""
        return np.asarray(head_mm) @ rotation_matrix(np.radians(self.turn_deg)).T + np.array(self.at_mm)

    def eyeball(self, side: Side) -> Array:
        return self.in_camera(eyeball.eye_center(left=side == "left"))

    def gaze(self, side: Side) -> Gaze:
        """Where one eye looks."""
        onward = vector_from_pitch_yaw(self.looks.pitch, self.looks.yaw)
        point = np.array(self.at_mm) - onward * (self.at_mm[2] / onward[2])
        return _gaze_along(point - self.eyeball(side))

    def lens_gaze(self, side: Side) -> Gaze:
        """The gaze with which one eye meets the lens."""
        return _gaze_along(-self.eyeball(side))

    def looking_at_the_lens(self) -> "Person":
        return replace(self, looks=_gaze_along(-np.array(self.at_mm)))

    def eye(self, side: Side, camera: PinholeCamera = CAMERA) -> EyeRegion:
        mirror = np.array([1.0 if side == "left" else -1.0, 1.0, 1.0])
        inner, outer = _INNER_MM * mirror, _OUTER_MM * mirror
        hump = (1 - 4 * _LID_PLACES**2) * self.openness * float(np.linalg.norm(outer - inner))
        line = inner + (_LID_PLACES[:, None] + 0.5) * (outer - inner)
        upper, lower = (line + np.outer(hump * share, [0.0, 1.0, 0.0]) for share in self._shares())
        gaze, askew = self.gaze(side), np.radians(self.askew_deg) * mirror[0]
        toward = vector_from_pitch_yaw(gaze.pitch + askew[0], gaze.yaw + askew[1])
        iris = self.eyeball(side) + eyeball.IRIS_DISTANCE_MM * toward

        def seen(head_mm: Array) -> NDArray[np.float32]:
            return camera.project(self.in_camera(head_mm)).astype(np.float32)

        return EyeRegion(
            side=side,
            inner_canthus=seen(inner),
            outer_canthus=seen(outer),
            iris_center=camera.project(iris).astype(np.float32),
            upper_lid=seen(upper),
            lower_lid=seen(lower),
            iris_radius=float(camera.focal_px * eyeball.IRIS_RADIUS_MM / iris[2]),
            iris_confidence=1.0,
            openness=self.openness,
        )

    def track(self, track_id: int = 1, confidence: float = 1.0) -> FaceTrack:
        left, right = self.eye("left"), self.eye("right")
        landmarks = self._mesh_with(left, right, CAMERA).astype(np.float32)
        return FaceTrack(track_id, landmarks, self.pose, left, right, confidence)

    def mesh(self, camera: PinholeCamera = CAMERA) -> Array:
        """(478, 2) face mesh, px: the metric model and the eyes; points of neither lie at the nose bridge."""
        return self._mesh_with(self.eye("left", camera), self.eye("right", camera), camera)

    def _mesh_with(self, left: EyeRegion, right: EyeRegion, camera: PinholeCamera) -> Array:
        points = np.tile(camera.project(np.array(self.at_mm)), (478, 1))
        points[MODEL_INDICES] = camera.project(self.in_camera(MODEL_MM))
        _put_eye(points, LEFT_EYE, left)
        _put_eye(points, RIGHT_EYE, right)
        return points

    def _shares(self) -> tuple[float, float]:
        return -self.upper_share, 1.0 - self.upper_share


def _gaze_along(vector: Array) -> Gaze:
    return Gaze(*(float(angle) for angle in pitch_yaw_from_vector(vector)))


def _put_eye(points: Array, at: EyeIndices, eye: EyeRegion) -> None:
    points[[at.inner_canthus, at.outer_canthus]] = eye.inner_canthus, eye.outer_canthus
    points[list(at.upper_lid)], points[list(at.lower_lid)] = eye.upper_lid, eye.lower_lid
    points[at.iris_center] = eye.iris_center
    rim = np.array([[1, 0], [0, -1], [-1, 0], [0, 1]])
    points[list(at.iris_rim)] = eye.iris_center + eye.iris_radius * rim


def draw(
    eyes: Iterable[EyeRegion],
    size: tuple[int, int] = SIZE,
    catchlight: tuple[float, float] | None = None,
    blur_px: float = 0.6,
) -> Image:
    """(H, W, 3) BGR: skin, and in it each eye's sclera, iris and pupil, cut off by its lids.

    ``catchlight`` is a lamp's reflection, at this offset from each iris center in iris radii.
    """
    image = np.tile(SKIN, (size[1], size[0], 1)).astype(np.uint8)
    for eye in eyes:
        _draw_eye(image, eye, catchlight, blur_px)
    return image


def _draw_eye(image: Image, eye: EyeRegion, catchlight: tuple[float, float] | None, blur_px: float) -> None:
    margin = 0.3 * eye.width + 4
    x0, y0 = np.maximum(np.floor(eye.opening.min(0) - margin), 0).astype(int).tolist()
    x1, y1 = np.maximum(np.ceil(eye.opening.max(0) + margin), 0).astype(int).tolist()
    window = image[y0:y1, x0:x1]
    shape, corner = window.shape[:2], np.array([x0, y0])
    if 0 in shape:
        return
    center, radius = eye.iris_center - corner, eye.iris_radius
    ball = np.tile(SCLERA, (*shape, 1))
    _lay(ball, IRIS, disc(shape, center, radius))
    _lay(ball, PUPIL, disc(shape, center, PUPIL_SHARE * radius))
    if catchlight is not None:
        _lay(ball, CATCHLIGHT, disc(shape, center + radius * np.array(catchlight), 0.14 * radius))
    picture = window.astype(np.float32)
    _lay(picture, ball, inside(shape, eye.opening - corner))
    window[...] = np.rint(cv2.GaussianBlur(picture, (0, 0), blur_px))


def _lay(under: NDArray[np.float32], color: NDArray[np.float32], cover: NDArray[np.float32]) -> None:
    under += (color - under) * cover[..., None]


def disc(shape: tuple[int, int], center: ArrayLike, radius: float) -> NDArray[np.float32]:
    """(h, w) cover of each pixel by a disc, px."""
    y, x = np.indices(shape, np.float32)
    cx, cy = np.asarray(center).tolist()
    return np.clip(radius + 0.5 - np.hypot(x - cx, y - cy), 0, 1).astype(np.float32)


def inside(shape: tuple[int, int], polygon: ArrayLike) -> NDArray[np.float32]:
    """(h, w) cover of each pixel by a polygon (N, 2), px."""
    corners = np.asarray(polygon, np.float64)
    x0, y0 = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0).tolist()
    x1, y1 = (np.ceil(corners.max(0)).astype(int) + 2).tolist()
    x1, y1 = min(x1, shape[1]), min(y1, shape[0])
    cover = np.zeros(shape, np.float32)
    if x0 < x1 and y0 < y1:
        fine = np.zeros(((y1 - y0) * _FINE, (x1 - x0) * _FINE), np.float32)
        # the center of px 0 is at 0 here and at (_FINE - 1) / 2 in the finer picture
        at = (corners - [x0, y0]) * _FINE + (_FINE - 1) / 2
        cv2.fillPoly(fine, [np.round(at * 16).astype(np.int32)], 1.0, shift=4)
        cover[y0:y1, x0:x1] = cv2.resize(fine, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    return cover


def frame_of(image: Image, index: int = 0, fps: float = FPS) -> Frame:
    return Frame(index, 10.0 + index / fps, image)


def blank_frame(index: int = 0, fps: float = FPS) -> Frame:
    """A frame for stages that read only its time."""
    return frame_of(np.zeros((2, 2, 3), np.uint8), index, fps)
