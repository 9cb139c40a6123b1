"""Frame, FaceTrack -> both eyes as the models take them.

The one place where BGR uint8 becomes RGB float, and where camera angles become patch angles.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.geometry import eyeball, patch, patchgaze
from vcam.geometry.headpose import rotation_matrix
from vcam.types import EyeRegion, FaceTrack, Floats, Frame, Gaze, Image

NASAL_SHIFT = 0.045
"""How far the patch lies nearer to the nose than the face mesh's canthi say, eye widths. With the mesh's own
canthi the gaze model sees both eyes turned inward by 2.8 degrees too much on the demo, whose gaze is
known."""


@dataclass(frozen=True, slots=True)
class EyePatches:
    """Both eyes of a face; index 0 is the subject's left one, 1 the right one, mirrored."""

    pixels: Floats
    """(2, 3, 64, 96) RGB in [0, 1]."""
    to_frame: Floats
    """(2, 2, 3): patch px to frame px."""
    to_patch: NDArray[np.float64]
    """(2, 3, 3): camera-frame directions to patch-frame ones, ``geometry.patchgaze``."""
    head: Floats
    """(2, 2) pitch and yaw of where the face points, rad, patch frame."""

    @property
    def slopes(self) -> NDArray[np.float64]:
        """(2, 2) of the rays to the eyes, see ``geometry.eyeball``."""
        rays = self.to_patch[:, 2]
        return rays[:, :2] / rays[:, 2:]

    def angles(self, left: Gaze, right: Gaze) -> Floats:
        """(2, 2) pitch and yaw in the patch frame of one gaze per eye."""
        camera = np.array([(left.pitch, left.yaw), (right.pitch, right.yaw)])
        return patchgaze.gaze_to_patch(self.to_patch, camera).astype(np.float32)

    def gazes(self, angles: NDArray[np.floating]) -> tuple[Gaze, Gaze]:
        """(left, right) gaze in the camera frame of (2, 2) patch-frame angles."""
        left, right = patchgaze.gaze_from_patch(self.to_patch, angles).tolist()
        return Gaze(*left), Gaze(*right)


class PatchCutter:
    """Cuts both eyes out of a frame; stages that share one cutter share its work on the same frame."""

    def __init__(self) -> None:
        self._last: tuple[Frame, FaceTrack, EyePatches] | None = None

    def cut(self, frame: Frame, track: FaceTrack) -> EyePatches:
        """The patches of a face, as cut before if it is the very same frame and track."""
        if self._last is None or self._last[0] is not frame or self._last[1] is not track:
            self._last = frame, track, cut_eyes(frame, track)
        return self._last[2]


def cut_eyes(frame: Frame, track: FaceTrack) -> EyePatches:
    """The patches of a face."""
    head = rotation_matrix(track.head_pose.rotation)
    to_frame = np.stack([_to_frame(eye) for eye in track.eyes])
    rays = [eyeball.eye_position(head, track.head_pose.translation, left=left) for left in (True, False)]
    to_patch = np.stack([patchgaze.camera_to_patch(ray, m) for ray, m in zip(rays, to_frame, strict=True)])
    facing = patchgaze.head_to_patch(to_patch, head).astype(np.float32)
    pixels = rgb_float([patch.cut_patch(frame.image, matrix) for matrix in to_frame])
    return EyePatches(pixels, to_frame, to_patch, facing)


def rgb_float(pictures: list[Image]) -> Floats:
    """(N, 3, h, w) float32 RGB in [0, 1] of N pictures (h, w, 3) uint8 BGR."""
    channels_first = np.stack(pictures)[..., ::-1].transpose(0, 3, 1, 2)
    return np.multiply(channels_first, np.float32(1 / 255), dtype=np.float32, order="C")


def _to_frame(eye: EyeRegion) -> Floats:
    shift = np.float32(NASAL_SHIFT) * (eye.inner_canthus - eye.outer_canthus)
    return patch.eye_to_frame(
        eye.inner_canthus + shift, eye.outer_canthus + shift, mirrored=eye.side == "right"
    )
