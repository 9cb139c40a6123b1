"""A policy that is fed at 30 frames per second, and what is to be read off its decisions."""

from dataclasses import replace
from typing import Any

import numpy as np

from tests.faces import FPS, Person, blank_frame, gaze_deg
from vcam.controls import Controls
from vcam.policy import LensPolicy, PolicySettings
from vcam.types import EyeGaze, EyeRedirection, FaceTrack, Gaze, GazeEstimate, Redirection

BELOW = gaze_deg(-10.0, 0.0)
"""Where people read on a screen under the camera."""
OPEN, SHUT = 0.32, 0.04


def seen_by(person: Person, confidence: tuple[float, float] = (1.0, 1.0)) -> GazeEstimate:
    left, right = person.gaze("left"), person.gaze("right")
    return GazeEstimate(EyeGaze(left, confidence[0]), EyeGaze(right, confidence[1]))


class Session:
    """A policy that is fed at 30 frames per second."""

    def __init__(self, **changes: Any) -> None:
        settings = PolicySettings(**changes)
        self.controls = Controls(settings.controls)
        self.policy = LensPolicy(settings, self.controls)
        self.index = 0

    def see(self, person: Person, track: FaceTrack | None = None, **seen: tuple[float, float]) -> Redirection:
        self.index += 1
        track = track or person.track()
        return self.policy.decide(blank_frame(self.index), track, seen_by(person, **seen))

    def rest(self, person: Person | None = None, seconds: float = 2.0) -> Redirection:
        """Look there until everything has settled."""
        person = person or Person(looks=BELOW)
        track = person.track()
        return [self.see(person, track) for _ in range(round(seconds * FPS))][-1]


def strengths(found: Redirection) -> tuple[float, float]:
    return found.left.strength, found.right.strength


def turned_deg(eye: EyeRedirection) -> float:
    """How far the correction turns the eye."""
    return eye.strength * apart_deg(eye.source, eye.target)


def apart_deg(one: Gaze, other: Gaze) -> float:
    return float(np.degrees(np.hypot(one.pitch - other.pitch, one.yaw - other.yaw)))


def with_openness(person: Person, left: float, right: float) -> FaceTrack:
    track = person.track()
    return replace(
        track,
        left_eye=replace(track.left_eye, openness=left),
        right_eye=replace(track.right_eye, openness=right),
    )
