"""The acted motion of the demo clip: reading below the lens, blinks, one glance aside, one head turn.

Everything is a function of time that repeats after ``DURATION_S``, so that the clip loops.
Targets are points in the camera frame (mm), the lens at the origin and the screen below it;
the subject reads from their own left, which is the picture's right, to their right.
"""

import math
from dataclasses import replace

import cv2
import numpy as np

from training.synthesis.pose import SIDES, Pose, unit
from vcam.geometry.angles import Float

DURATION_S = 8.0
NECK_MM = np.array([0.0, 105.0, 75.0])
"""The point of the head frame about which the head turns."""
BASE_MM = np.array([0.0, -36.0, 468.0])
"""Where the point between the eyes rests."""
HEAD_DOWN_RAD = math.radians(5.0)
TURN_RAD = math.radians(12.0)
TURN_S = (4.85, 6.75)
BLINKS_S = (1.42, 4.72, 6.98)
GLANCE_S = (2.86, 3.46)
GLANCE_MM = np.array([178.0, 25.0, 0.0])

_LINE_RIGHT, _LINE_LEFT = 38.0, -38.0
_LINES = ((0.0, 62.0, 1.45), (1.45, 73.0, 2.86), (3.46, 86.0, 4.80), (4.80, 99.0, 6.90), (6.90, 112.0, 8.0))
"""(start s, height mm below the lens, end s) of each line read."""
_PAUSES_S = (0.21, 0.27, 0.19, 0.24, 0.30, 0.22)


def _fixations() -> tuple[Float, Float]:
    """Start times (N,) s and targets (N, 3) mm of all fixations, in order."""
    starts: list[float] = []
    targets: list[Float] = []
    for begin, height, end in _LINES:
        at, count = begin, 0
        while at < end - 0.1:
            share = (at - begin) / (end - begin)
            starts.append(at)
            targets.append(np.array([_LINE_RIGHT + share * (_LINE_LEFT - _LINE_RIGHT), height, 0.0]))
            at += _PAUSES_S[count % len(_PAUSES_S)]
            count += 1
        if math.isclose(end, GLANCE_S[0]):
            starts.append(GLANCE_S[0])
            targets.append(GLANCE_MM)
    return np.array(starts), np.stack(targets)


_STARTS, _TARGETS = _fixations()


def saccade_s(amplitude_rad: float) -> float:
    """Duration of a saccade by the main sequence: 21 ms and 2.2 ms per degree."""
    return 0.021 + 0.0022 * math.degrees(amplitude_rad)


def target(time_s: float) -> Float:
    """(3,) mm: the point that both eyes look at."""
    now = time_s % DURATION_S
    k = int(np.searchsorted(_STARTS, now, side="right")) - 1
    before, after = _TARGETS[k - 1], _TARGETS[k]
    amplitude = float(np.linalg.norm(after - before)) / BASE_MM[2]
    share = _ease((now - _STARTS[k]) / saccade_s(amplitude))
    return before + share * (after - before)


def blink(time_s: float) -> float:
    """Closure of both lids, 0 to 1: down in 0.10 s, shut for 0.05 s, up in 0.23 s."""
    closures = []
    for start in BLINKS_S:
        since = (time_s - start) % DURATION_S
        closures.append(min(_ease(since / 0.10), 1 - _ease((since - 0.15) / 0.23)))
    return max(closures)


def head(time_s: float) -> tuple[Float, Float]:
    """Rotation (3, 3) head to camera and translation (3,) mm of the point between the eyes."""
    yaw = TURN_RAD * min(_ease((time_s - TURN_S[0]) / 0.55), 1 - _ease((time_s - TURN_S[1] + 0.55) / 0.55))
    yaw += math.radians(0.9 * _wave(time_s, 2, 0.3) + 0.4 * _wave(time_s, 5, 1.1))
    pitch = HEAD_DOWN_RAD + math.radians(0.7 * _wave(time_s, 1, 2.0) + 0.3 * _wave(time_s, 4, 0.5))
    roll = math.radians(1.2 + 0.7 * _wave(time_s, 1, 0.9) + 0.3 * _wave(time_s, 3, 2.2))
    turn = _about(1, yaw) @ _about(0, pitch) @ _about(2, roll)
    sway = np.array([2.2 * _wave(time_s, 1, 0.0), 1.0 * _wave(time_s, 2, 0.7), 2.5 * _wave(time_s, 1, 1.6)])
    return turn, BASE_MM + sway + NECK_MM - turn @ NECK_MM


def pose(time_s: float) -> Pose:
    """Everything about the person at one moment."""
    turn, translation = head(time_s)
    point, closed = target(time_s), blink(time_s)
    breath = np.array([1.2 * _wave(time_s, 1, 0.2), 1.0 * _wave(time_s, 2, 1.3), 0.0])
    still = Pose(
        rotation=np.asarray(cv2.Rodrigues(turn)[0], np.float64).reshape(3),
        translation=translation,
        shoulders=BASE_MM + breath,
        gaze={},
        blink=dict.fromkeys(SIDES, closed),
        expression=_expression(time_s, closed),
    )
    return replace(still, gaze={side: unit(point - still.eyeball_center(side)) for side in SIDES})


def _expression(time_s: float, closed: float) -> dict[str, float]:
    """A calm face: lips that move a little, brows that dip with a blink."""
    both = {
        "browDown": 0.42 + 0.06 * _wave(time_s, 1, 2.4) + 0.08 * closed,
        "cheekSquint": 0.10 * closed,
        "mouthPress": 0.10 + 0.05 * _wave(time_s, 2, 0.4),
        "mouthSmile": 0.22 + 0.05 * _wave(time_s, 1, 1.0),
    }
    return {f"{name}_{side}": weight for name, weight in both.items() for side in "LR"}


def _ease(share: float) -> float:
    """0 before 0, 1 after 1, without a jerk between."""
    x = min(max(share, 0.0), 1.0)
    return x * x * x * (10 + x * (6 * x - 15))


def _wave(time_s: float, cycles: int, phase: float) -> float:
    """A sine that repeats a whole number of times in the clip."""
    return math.sin(2 * math.pi * cycles * time_s / DURATION_S + phase)


def _about(axis: int, angle: float) -> Float:
    """(3, 3) right-handed rotation about one axis of the frame."""
    vector = np.zeros(3)
    vector[axis] = angle
    return np.asarray(cv2.Rodrigues(vector)[0], np.float64)
