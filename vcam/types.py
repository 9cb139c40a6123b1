"""The values that travel between stages: frozen, checked when made, pixels read-only.

Left and right are the subject's. Pixels are BGR uint8, angles rad, lengths mm or px as named.
``None`` in place of a value means "there is none"; a failure is an exception.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from vcam.errors import FrameError

Image: TypeAlias = NDArray[np.uint8]
Floats: TypeAlias = NDArray[np.float32]
Side: TypeAlias = Literal["left", "right"]


def _check(
    what: str, array: NDArray[np.generic], shape: tuple[int | None, ...], dtype: type[np.generic]
) -> None:
    fits = array.ndim == len(shape) and all(
        want in (None, got) for want, got in zip(shape, array.shape, strict=False)
    )
    if not fits or array.dtype != dtype:
        expected = ", ".join("any" if n is None else str(n) for n in shape)
        raise FrameError(
            f"{what}: expected ({expected}) {np.dtype(dtype).name}, got {array.shape} {array.dtype}"
        )


def _freeze(array: NDArray[np.generic]) -> None:
    array.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and when it was taken.

    ``captured_at`` is in seconds: ``time.perf_counter()`` for live sources, media time for files.
    """

    index: int
    captured_at: float
    image: Image
    """(H, W, 3) uint8 BGR, made read-only."""

    def __post_init__(self) -> None:
        _check("Frame.image", self.image, (None, None, 3), np.uint8)
        if 0 in self.image.shape:
            raise FrameError(f"Frame.image: expected at least one pixel, got {self.image.shape}")
        _freeze(self.image)

    @property
    def width(self) -> int:
        """Columns, px."""
        return self.image.shape[1]

    @property
    def height(self) -> int:
        """Rows, px."""
        return self.image.shape[0]


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Where the head is: ``x_camera = R(rotation) @ x_head + translation``."""

    rotation: Floats
    """(3,) float32 axis-angle, rad, head to camera."""
    translation: Floats
    """(3,) float32, mm."""

    def __post_init__(self) -> None:
        for name in ("rotation", "translation"):
            _check(f"HeadPose.{name}", getattr(self, name), (3,), np.float32)
            _freeze(getattr(self, name))


@dataclass(frozen=True, slots=True)
class EyeRegion:
    """What the tracker knows of one eye, in frame px."""

    side: Side
    inner_canthus: Floats
    outer_canthus: Floats
    iris_center: Floats
    upper_lid: Floats
    """(K, 2) from the inner to the outer canthus, both left out."""
    lower_lid: Floats
    """(K, 2) from the inner to the outer canthus, both left out."""
    iris_radius: float
    iris_confidence: float
    """[0, 1]: how clearly the iris border was seen; falls with blur, glare, occlusion and closed lids."""
    openness: float
    """Palpebral fissure height over width; about 0.3 open, under 0.1 closed."""

    def __post_init__(self) -> None:
        for name in ("inner_canthus", "outer_canthus", "iris_center"):
            _check(f"EyeRegion.{name}", getattr(self, name), (2,), np.float32)
            _freeze(getattr(self, name))
        for name in ("upper_lid", "lower_lid"):
            _check(f"EyeRegion.{name}", getattr(self, name), (None, 2), np.float32)
            _freeze(getattr(self, name))

    @property
    def width(self) -> float:
        """Canthus to canthus, px."""
        return float(np.linalg.norm(self.outer_canthus - self.inner_canthus))

    @property
    def opening(self) -> Floats:
        """Closed polygon (2 K + 2, 2) of the lid margins, px."""
        upper = [self.inner_canthus[None], self.upper_lid, self.outer_canthus[None]]
        return np.concatenate([*upper, self.lower_lid[::-1]]).astype(np.float32)


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face in one frame; ``track_id`` changes when another face, or the same one anew, is followed."""

    track_id: int
    landmarks: Floats
    """(L, 2) float32, px."""
    head_pose: HeadPose
    left_eye: EyeRegion
    right_eye: EyeRegion
    confidence: float
    """[0, 1]: falls with blur, small faces and strong turns."""

    def __post_init__(self) -> None:
        _check("FaceTrack.landmarks", self.landmarks, (None, 2), np.float32)
        _freeze(self.landmarks)

    @property
    def eyes(self) -> tuple[EyeRegion, EyeRegion]:
        """(left, right)."""
        return self.left_eye, self.right_eye


@dataclass(frozen=True, slots=True)
class Gaze:
    """A direction in the camera frame (``geometry.angles``), rad."""

    pitch: float
    yaw: float


@dataclass(frozen=True, slots=True)
class EyeGaze:
    """Where one eye looks, and how far that may be trusted."""

    gaze: Gaze
    confidence: float
    """[0, 1]."""


@dataclass(frozen=True, slots=True)
class GazeEstimate:
    """Where both eyes look."""

    left: EyeGaze
    right: EyeGaze


@dataclass(frozen=True, slots=True)
class EyeRedirection:
    """What to do with one eye: go from ``source`` toward ``target`` by ``strength``."""

    source: Gaze
    target: Gaze
    strength: float
    """[0, 1]; 0 leaves the eye alone."""
    reason: str | None = None
    """Why the strength is below what the user asked for, e.g. "eyes closed"; None when it is not."""
    axes: tuple[float, float] = (1.0, 1.0)
    """[0, 1] each: how much of ``strength`` the pitch and the yaw get."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.strength <= 1.0:
            raise FrameError(f"EyeRedirection.strength: expected 0 to 1, got {self.strength}")
        if not all(0.0 <= share <= 1.0 for share in self.axes):
            raise FrameError(f"EyeRedirection.axes: expected each from 0 to 1, got {self.axes}")

    @property
    def result(self) -> Gaze:
        """Where the eye looks afterwards."""
        pitch, yaw = (self.strength * share for share in self.axes)
        return Gaze(
            self.source.pitch + pitch * (self.target.pitch - self.source.pitch),
            self.source.yaw + yaw * (self.target.yaw - self.source.yaw),
        )


@dataclass(frozen=True, slots=True)
class Redirection:
    """What to do with both eyes."""

    left: EyeRedirection
    right: EyeRedirection


@dataclass(frozen=True, slots=True)
class RedirectedEye:
    """New pixels for an axis-aligned box of the frame, at the frame's own resolution."""

    side: Side
    origin: tuple[int, int]
    """(x, y) of the box's first pixel in the frame."""
    pixels: Image
    """(h, w, 3) uint8 BGR."""
    alpha: Floats
    """(h, w) float32 in [0, 1]; where it is 0 the frame stays bit-identical."""

    def __post_init__(self) -> None:
        _check("RedirectedEye.pixels", self.pixels, (None, None, 3), np.uint8)
        _check("RedirectedEye.alpha", self.alpha, self.pixels.shape[:2], np.float32)
        _freeze(self.pixels)
        _freeze(self.alpha)


@dataclass(frozen=True, slots=True)
class RedirectedEyes:
    """New pixels for the eyes; ``None`` leaves that eye as the camera saw it."""

    left: RedirectedEye | None
    right: RedirectedEye | None


@dataclass(frozen=True, slots=True)
class Correction:
    """All that became of one frame."""

    original: Frame
    frame: Frame
    """What the viewers see: ``original`` itself where nothing was changed."""
    track: FaceTrack | None
    gaze: GazeEstimate | None
    redirection: Redirection | None
    reason: str | None
    """Why the frame passed through untouched, or None."""
    stage_ms: dict[str, float]
