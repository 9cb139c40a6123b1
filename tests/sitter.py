"""A person in front of a screen who follows a calibration, seen by an estimator with known faults.

Everything is worked out from points in space: where the targets, the lens and the eyes are. The head turns
along a little; the eyes arrive late at each target, tremble, wander and blink.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from tests.faces import Person
from vcam.calibration import STEPS, Observation, Screen, Step, observation
from vcam.gaze.offsets import gaze_at, offset_at
from vcam.geometry.angles import pitch_yaw_from_vector
from vcam.types import EyeGaze, FaceTrack, Gaze, GazeEstimate, Side

LASTS_S: Mapping[Step, float] = dict.fromkeys(STEPS, 2.5) | {"lens": 4.0, "face": 4.0}
SIDES: tuple[Side, Side] = ("left", "right")


@dataclass(frozen=True)
class Desk:
    """A screen and the lens on it, mm, as the person sees them: x to the right, y down, from top left."""

    width: float = 344.0
    height: float = 194.0
    lens: tuple[float, float] = (172.0, -8.0)
    inset: float = 0.08

    def target(self, step: Step) -> tuple[float, float]:
        if step == "lens":
            return self.lens
        if step == "face":
            return 0.5 * self.width, 0.42 * self.height
        x = self.inset if "left" in step else 1 - self.inset
        y = self.inset if "top" in step else 1 - self.inset
        return x * self.width, y * self.height

    def in_camera(self, step: Step) -> np.ndarray:
        """The camera faces the person, so its x runs against the person's."""
        x, y = np.subtract(self.target(step), self.lens)
        return np.array([-x, y, 0.0])

    def screen(self, *, size_known: bool = True) -> Screen:
        return Screen({step: self.target(step) for step in STEPS if step != "lens"}, size_known)


LAPTOP = Desk()
MONITOR = Desk(width=597.0, height=336.0, lens=(298.0, -30.0))


@dataclass(frozen=True)
class Sitter:
    """Where the person sits, what the person does, and how the estimate errs."""

    desk: Desk = LAPTOP
    at_mm: tuple[float, float, float] = (20.0, 40.0, 560.0)
    fault_deg: tuple[float, float] = (0.0, 0.0)
    """What the estimate has too much of, pitch and yaw."""
    stretch: tuple[float, float] = (1.0, 1.0)
    """By what pitch and yaw from the lens must be multiplied to be true."""
    noise_deg: float = 0.6
    blinks: bool = True
    fps: float = 15.0
    instead: Mapping[Step, Step] = field(default_factory=dict)
    """What the person looks at in place of what was asked for."""
    wander_deg: Mapping[Step, float] = field(default_factory=dict)
    hidden: tuple[Step, ...] = ()
    """Steps in which no eyes are seen."""
    mirrored: bool = False
    """The camera delivers a mirrored picture."""
    distance_known_as: float = 1.0
    """What the tracker makes of the distance, times the true one."""
    seed: int = 0

    def observations(self) -> list[Observation]:
        draw = np.random.default_rng(self.seed)
        before: Step = "face"
        seen = []
        for step in STEPS:
            if step not in self.hidden:
                seen += self._looks(step, before, draw)
            before = self.instead.get(step, step)
        return seen

    def _looks(self, step: Step, before: Step, draw: np.random.Generator) -> Iterator[Observation]:
        arrives_s, blink_s = draw.uniform(0.25, 0.55), draw.uniform(0.8, LASTS_S[step] - 0.4)
        goal = self.instead.get(step, step)
        drift = np.cumsum(draw.normal(0, 0.02, (1000, 2)), axis=0)
        wander = self.wander_deg.get(step, 0.0)
        people = {target: self.looking_at(target) for target in (before, goal)}
        tracks = {target: self._placed(person.track()) for target, person in people.items()}
        for index in range(int(LASTS_S[step] * self.fps)):
            at_s = index / self.fps
            looked_at = before if at_s < arrives_s else goal
            closed = max(0.0, 1 - abs(at_s - blink_s) / 0.12) if self.blinks else 0.0
            off = draw.normal(0, self.noise_deg, 2) + drift[index]
            off += wander * np.sin([5.0 * at_s, 7.0 * at_s])
            off += [-25.0 * closed, 0.0]  # the iris goes down with the lid
            track = _with_lids(tracks[looked_at], 1 - closed)
            yield observation(step, at_s, track, self.estimate(people[looked_at], off))

    def looking_at(self, step: Step) -> Person:
        """The head in its place, turned a third of the way, the eyes on the target."""
        target = self.desk.in_camera(step) * ([-1.0, 1.0, 1.0] if self.mirrored else 1.0)
        pitch, yaw = (float(angle) for angle in pitch_yaw_from_vector(target - self.at_mm))
        turn = float(np.degrees(pitch)) / 3, float(np.degrees(yaw)) / 3, 0.0
        return Person(turn_deg=turn, at_mm=self.at_mm, looks=Gaze(pitch, yaw))

    def estimate(
        self, person: Person, off_deg: np.ndarray | tuple[float, float] = (0.0, 0.0)
    ) -> GazeEstimate:
        """What the faulty estimator says of this person."""
        return GazeEstimate(*(EyeGaze(self._read(person, side, off_deg), 0.9) for side in SIDES))

    def _read(self, person: Person, side: Side, off_deg: np.ndarray | tuple[float, float]) -> Gaze:
        eye = person.eyeball(side)
        true = offset_at(person.gaze(side), eye[:2] / eye[2])
        read = true / self.stretch[::-1] - np.radians(np.add(self.fault_deg, off_deg)[::-1])
        return gaze_at(read, eye[:2] / eye[2])

    def _placed(self, track: FaceTrack) -> FaceTrack:
        pose = track.head_pose
        far = np.array(pose.translation) * np.float32(self.distance_known_as)
        return replace(track, head_pose=replace(pose, translation=far.astype(np.float32)))


def _with_lids(track: FaceTrack, opened: float) -> FaceTrack:
    left, right = (replace(eye, openness=eye.openness * opened) for eye in track.eyes)
    return replace(track, left_eye=left, right_eye=right)
