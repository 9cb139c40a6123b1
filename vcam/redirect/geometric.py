"""Frame, FaceTrack, Redirection -> RedirectedEyes without a learned model."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcam.geometry import eyeball
from vcam.geometry.angles import vector_from_pitch_yaw
from vcam.geometry.headpose import rotation_matrix
from vcam.redirect.eyepicture import EyePicture
from vcam.smoothing import fade
from vcam.types import (
    EyeRedirection,
    EyeRegion,
    FaceTrack,
    Frame,
    Gaze,
    RedirectedEye,
    RedirectedEyes,
    Redirection,
)

_SMALLEST_IRIS_PX = 2.5
_BEYOND = 0.25
"""Most that a way grows beyond the reach, as a share of it."""
_LET_GO_FROM, _LET_GO_TO = 1.3, 1.75
"""Lengths, in reaches, between which a way shrinks to nothing."""
_WIDEST_OPENNESS = 0.355
"""No eye is opened wider than this; wide awake eyes have about 0.35."""


@dataclass(frozen=True, slots=True)
class RedirectSettings:
    """How far the geometric redirector goes."""

    reach_deg: float = field(default=16.0, metadata={"range": (1.0, 30.0)})
    """Corrections up to this are made in full, larger ones only about as far as this."""
    lid_gain: float = field(default=0.008, metadata={"range": (0.0, 0.02)})
    """Eye widths that the upper lid moves per degree of pitch; 0.0055 to 0.0099 measured on real clips."""
    lower_lid_share: float = field(default=0.45, metadata={"range": (0.0, 0.9)})
    """How far the lower lid moves, as a share of the upper one's way."""


class GeometricRedirector:
    """Rotates the eyeballs under the lids; an EyeRedirector."""

    def __init__(self, settings: RedirectSettings) -> None:
        self._settings = settings

    def redirect(self, frame: Frame, track: FaceTrack, redirection: Redirection) -> RedirectedEyes:
        """New eye pixels for the directions asked for; None for an eye that stays as it is."""
        head = rotation_matrix(track.head_pose.rotation)
        wishes = redirection.left, redirection.right
        left, right = (
            self._redraw(frame, track, head, eye, wish) for eye, wish in zip(track.eyes, wishes, strict=True)
        )
        return RedirectedEyes(left, right)

    def _redraw(
        self, frame: Frame, track: FaceTrack, head: NDArray[np.float64], eye: EyeRegion, wish: EyeRedirection
    ) -> RedirectedEye | None:
        if wish.strength == 0 or eye.iris_radius < _SMALLEST_IRIS_PX:
            return None
        position = eyeball.eye_position(head, track.head_pose.translation, left=eye.side == "left")
        slope = position[:2] / position[2]
        result = within_reach(wish.source, wish.result, self._settings.reach_deg)
        old, new = vector_from_pitch_yaw([wish.source.pitch, result.pitch], [wish.source.yaw, result.yaw])
        shift = eyeball.offset_of_gaze(new, slope) - eyeball.offset_of_gaze(old, slope)
        shift_px = shift * eye.iris_radius * eyeball.IRIS_DISTANCE_MM / eyeball.IRIS_RADIUS_MM
        picture = EyePicture.cut(frame.image, eye, eyeball.disc_shape(old))
        if picture is None:
            return None
        rise = self._lid_rise(eye, result.pitch - wish.source.pitch)
        lower_rise = rise * self._settings.lower_lid_share
        pixels, changed = picture.redraw(shift_px, eyeball.disc_shape(new), rise, lower_rise)
        return RedirectedEye(eye.side, picture.origin, pixels, changed)

    def _lid_rise(self, eye: EyeRegion, pitch: float) -> float:
        """How far the upper lid follows a change of pitch, rad, in eye widths."""
        rise = math.degrees(pitch) * self._settings.lid_gain
        room = max(_WIDEST_OPENNESS - eye.openness, 0.0) / (1.0 - self._settings.lower_lid_share)
        # a quarter of the way is free, or the iris would slide under the lid of an eye that is wide open
        return min(rise, max(room, 0.25 * rise))


def within_reach(source: Gaze, result: Gaze, reach_deg: float) -> Gaze:
    """``result``, or as much of the way there from ``source`` as can be drawn well.

    Up to the reach that is all of it; beyond, the way grows ever less and then shrinks to nothing, since
    an eye that looks far aside shows too little of what an eye that looks ahead would need.
    """
    pitch, yaw = result.pitch - source.pitch, result.yaw - source.yaw
    length, reach = math.hypot(pitch, yaw), math.radians(reach_deg)
    if length <= reach:
        return result
    extra = _BEYOND * reach
    longest = reach + extra * (1 - math.exp(-(length - reach) / extra))
    share = longest / length * fade(length, _LET_GO_FROM * reach, _LET_GO_TO * reach)
    return Gaze(source.pitch + share * pitch, source.yaw + share * yaw)
