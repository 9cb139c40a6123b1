"""Observations of all steps -> Calibration.

What can be known: the lens is the one target whose direction is known exactly, so looking into it gives the
offset. The corners of the screen stand at known places of each other; but the eyes' distance is known only as
well as the camera's field of view, and the screen's size only where it tells it, and errors of both stretch
pitch and yaw alike. So the corners say for certain how pitch compares with yaw, and little of both together;
that yaw is read well is known beforehand, the iris being a ruler that hardly varies. ``_scales`` weighs that.
"""

import math
from collections.abc import Iterable

import numpy as np

from vcam.calibration.looks import Look, Observation, steady_look
from vcam.calibration.screen import Screen, ScreenPlane
from vcam.calibration.values import (
    LARGEST_OFFSET_DEG,
    SCALES,
    STEPS,
    Calibration,
    CalibrationError,
    Step,
    about_lens,
)

# Standard deviations of natural logarithms, before anything is measured. Yaw: eyeballs and irises vary by
# 5 % between adults, and the network adds as much. Pitch: the mesh's iris keeps only part of a vertical
# movement, and lids hide some of it. Distance: cameras see 55 to 90 degrees, of which we assume one value.
_PITCH_SIGMA, _YAW_SIGMA, _DISTANCE_SIGMA, _UNKNOWN_SIZE_SIGMA = 0.25, 0.10, 0.20, 1.0
_LEAST_MISS_MM = 8.0
"""How far beside a target a look is read at best; a luckier fit is not to be believed."""


def fit(observations: Iterable[Observation], screen: Screen, made_at: str) -> Calibration:
    """The person's own offset and scale, and where the face on the screen stands.

    Args:
        observations: all steps of ``STEPS``, of frames estimated without any calibration.
        screen: where the steps' targets stood.
        made_at: ISO 8601.

    Raises:
        CalibrationError: in some step no eyes were seen, or they did not rest, or not on the target.
    """
    seen = list(observations)
    looks: dict[Step, Look] = {step: steady_look(step, [o for o in seen if o.step == step]) for step in STEPS}
    shift_deg = _lens_shift_deg(looks["lens"])
    plane = ScreenPlane.of(looks, screen)
    plane.check()
    scale = _scales(plane, size_known=screen.size_known)
    yaw, pitch = (-np.degrees(about_lens(looks["face"].offset, shift_deg, scale))).tolist()
    count = sum(look.count for look in looks.values())
    spread = math.sqrt(sum(look.count * look.spread_deg**2 for look in looks.values()) / count)
    return Calibration(*shift_deg, *scale, pitch, yaw, made_at, count, spread)


def _lens_shift_deg(look: Look) -> tuple[float, float]:
    """(pitch, yaw) that turns the look into the lens into one."""
    yaw, pitch = np.degrees(look.offset).tolist()
    if max(abs(pitch), abs(yaw)) > LARGEST_OFFSET_DEG:
        raise CalibrationError(
            f"Your look into the lens was read {math.hypot(pitch, yaw):.0f} degrees beside it; no more than "
            f"{LARGEST_OFFSET_DEG:.0f} can be made up for. Turn your face to the camera and look into it.",
            ("lens",),
        )
    return pitch, yaw


def _scales(plane: ScreenPlane, *, size_known: bool) -> tuple[float, float]:
    """(pitch, yaw) by which looks must be stretched: the likeliest, by Bayes's rule in logarithms.

    Unknown are both scales and by how much the eyes are farther (in terms of the screen) than assumed;
    measured is the sum of each scale and the last, with the noise of the fit.
    """
    start, slope = plane.line
    miss = plane.read - start - slope * plane.asked
    miss_mm = np.maximum(np.sqrt((miss**2).sum(axis=0) / (len(miss) - 2)), _LEAST_MISS_MM)
    noise = (miss_mm / slope) ** 2 / (plane.asked**2).sum(axis=0)
    distance = _DISTANCE_SIGMA if size_known else _UNKNOWN_SIZE_SIGMA
    prior = np.diag(np.square([_PITCH_SIGMA, _YAW_SIGMA, distance]))
    sums = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    gain = prior @ sums.T @ np.linalg.inv(sums @ prior @ sums.T + np.diag(noise[::-1]))
    pitch, yaw = np.exp((gain @ -np.log(slope[::-1]))[:2]).clip(*SCALES).tolist()
    return pitch, yaw
