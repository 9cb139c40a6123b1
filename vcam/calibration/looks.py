"""The looks of one step: from single frames to where the eyes rested."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.calibration.values import CalibrationError, Step, described
from vcam.geometry import eyeball
from vcam.geometry.angles import vector_from_pitch_yaw
from vcam.geometry.headpose import rotation_matrix
from vcam.types import FaceTrack, GazeEstimate

Array = NDArray[np.float64]

SACCADE_S = 0.7
"""From the start of a step: seeing the new target, and looking there."""
_LEAST_CONFIDENCE = 0.4
_BLINK = 0.6
"""Openness below this share of the step's median is a blink."""
_LEAST_LOOKS = 10
_LEAST_STEADY = 0.6
"""Share of a step's looks that must agree."""
_LARGEST_SPREAD_DEG = 2.5
_OUTLIER_FLOOR_DEG = 0.5
"""Looks closer than this to the median are never outliers, however still the others are."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One frame of a person who was asked to look at something; made from an uncalibrated estimate."""

    step: Step
    since_s: float
    """How long ago the person was asked."""
    offset: Array
    """(2,) mean iris offset of both eyes."""
    eye_mm: Array
    """(3,) midway between the eyeballs, camera frame."""
    confidence: float
    """[0, 1] of the better eye."""
    openness: float
    """Of the eye that is less open."""


@dataclass(frozen=True, slots=True)
class Look:
    """Where the eyes rested in one step."""

    offset: Array
    eye_mm: Array
    spread_deg: float
    count: int


def observation(step: Step, since_s: float, track: FaceTrack, gaze: GazeEstimate) -> Observation:
    """What one frame says of a look at a step's target."""
    head, at = rotation_matrix(track.head_pose.rotation), track.head_pose.translation
    places = [eyeball.eye_position(head, at, left=left) for left in (True, False)]
    looks = [vector_from_pitch_yaw(eye.gaze.pitch, eye.gaze.yaw) for eye in (gaze.left, gaze.right)]
    offsets = [
        eyeball.offset_of_gaze(look, place[:2] / place[2]) for look, place in zip(looks, places, strict=True)
    ]
    return Observation(
        step,
        since_s,
        np.mean(offsets, axis=0),
        np.mean(places, axis=0),
        max(gaze.left.confidence, gaze.right.confidence),
        min(eye.openness for eye in track.eyes),
    )


def steady_look(step: Step, observations: Iterable[Observation]) -> Look:
    """Where the eyes rested in one step: without saccade, blinks and outliers.

    Raises:
        CalibrationError: too few looks were clear, or they did not rest.
    """
    clear = _clear(step, observations)
    offsets = np.degrees([o.offset for o in clear])
    off = np.abs(offsets - np.median(offsets, axis=0))
    # 1.4826 makes the median absolute deviation a standard deviation
    limits = np.maximum(3 * 1.4826 * np.median(off, axis=0), _OUTLIER_FLOOR_DEG)
    kept = (off <= limits).all(axis=1)
    spread = float(np.sqrt(offsets[kept].var(axis=0).mean()))
    if kept.mean() < _LEAST_STEADY or spread > _LARGEST_SPREAD_DEG:
        raise CalibrationError(
            f"Your eyes did not rest on {described(step)}. Keep them there until the ring is full.", (step,)
        )
    eye = np.mean([o.eye_mm for o in clear], axis=0)
    return Look(np.radians(offsets[kept].mean(axis=0)), eye, spread, int(kept.sum()))


def lens_misses_deg(observations: Iterable[Observation]) -> tuple[Array, Array]:
    """How far beside the lens a look into it is read: as it is, and with an offset found by other looks.

    Returns:
        Two (pitch, yaw), deg. In the second, the later half of the lens step is judged by the offset of the
        earlier one, so that it is what may be expected of looks to come.

    Raises:
        CalibrationError: too few looks were clear.
    """
    clear = _clear("lens", [o for o in observations if o.step == "lens"])
    angles = -np.degrees([o.offset[::-1] for o in clear])
    early, late = (np.median(half, axis=0) for half in np.array_split(angles, 2))
    return np.median(angles, axis=0), late - early


def _clear(step: Step, observations: Iterable[Observation]) -> Sequence[Observation]:
    """The looks that tell something: after the saccade, both eyes open and seen."""
    seen = [o for o in observations if o.since_s >= SACCADE_S and o.confidence >= _LEAST_CONFIDENCE]
    usual = float(np.median([o.openness for o in seen])) if seen else 0.0
    clear = [o for o in seen if o.openness >= _BLINK * usual]
    if len(clear) < _LEAST_LOOKS:
        raise CalibrationError(
            f"Your eyes were not seen clearly while you looked at {described(step)} ({len(clear)} clear "
            f"pictures; {_LEAST_LOOKS} are needed). Let more light fall on your face and sit in the middle "
            "of the picture.",
            (step,),
        )
    return clear
