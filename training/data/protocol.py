"""The Columbia protocol on rendered people (seeds.md 1.9, synthesis.md D).

Every person who isn't trained on looks in 21 directions under five head yaws; every ordered pair of
directions is one case. Cases are told apart by how far the gaze turns, |pitch| + |yaw| in eleven groups of
5 deg, and by the head's yaw, where left and right are one: 0, 15 and 30 deg.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from training.data.errors import DataError
from training.data.rendered import pair_of
from training.data.samples import EyeSample
from training.data.shards import EyeShards
from training.metrics import difference_group

HEAD_YAWS_DEG = (-30, -15, 0, 15, 30)
PITCHES_DEG = (-10, 0, 10)
YAWS_DEG = (-15, -10, -5, 0, 5, 10, 15)
GAZES_DEG = tuple(product(PITCHES_DEG, YAWS_DEG))
"""The 21 directions (pitch, yaw)."""
POSES_DEG = (0, 15, 30)
_GAZE_TOLERANCE_DEG, _HEAD_TOLERANCE_DEG = 0.5, 3.0
"""A gaze is rendered as asked for; the head may be labelled as seen along the ray to the eye."""


@dataclass(frozen=True, slots=True)
class ProtocolScene:
    """What to render: one eye of one person under one head yaw, light and camera; patch frame, rad."""

    person: str
    head_yaw: float
    gazes: tuple[tuple[float, float], ...]
    """(pitch, yaw) of each picture, in the order of ``GAZES_DEG``."""


def scenes(people: Sequence[str], repeats: int = 1) -> list[ProtocolScene]:
    """The scenes that the protocol needs: five per person, ``repeats`` times for other light and shapes."""
    gazes = tuple((math.radians(pitch), math.radians(yaw)) for pitch, yaw in GAZES_DEG)
    return [
        ProtocolScene(person, math.radians(yaw), gazes)
        for person, yaw, _ in product(people, HEAD_YAWS_DEG, range(repeats))
    ]


@dataclass(frozen=True, slots=True)
class Case:
    """One ordered pair of a scene's pictures, and the two ways in which results are grouped."""

    scene: int
    source: int
    target: int
    difference: int
    """Index into ``training.metrics.GROUPS_DEG``."""
    pose: int
    """Index into ``POSES_DEG``."""


class ProtocolPairs:
    """All cases of a folder of rendered scenes, identity included, as samples by number.

    Raises:
        DataError: a scene whose gazes aren't the 21, or whose head yaw isn't one of the five.

    """

    def __init__(self, shards: EyeShards) -> None:
        self.shards = shards
        self.cases = [case for scene in range(len(shards)) for case in _cases(shards, scene)]

    @property
    def people(self) -> tuple[str, ...]:
        """Everyone who occurs."""
        return self.shards.people

    def __len__(self) -> int:
        return len(self.cases)

    def __getitem__(self, index: int) -> EyeSample:
        case = self.cases[index]
        return pair_of(self.shards[case.scene], case.source, case.target)


def _cases(shards: EyeShards, scene: int) -> list[Case]:
    gaze, head = shards[scene]["gaze"], shards[scene]["head"]
    label = f"scene {scene} ({shards[scene].person})"
    wanted = np.array(GAZES_DEG)
    if gaze.shape != wanted.shape or np.abs(np.rad2deg(gaze) - wanted).max() > _GAZE_TOLERANCE_DEG:
        raise DataError(
            f"{label}: its gazes aren't the protocol's 21 in order, (-10, -15), (-10, -10), ... deg; "
            "render it from training.data.protocol.scenes"
        )
    yaw = abs(float(np.rad2deg(head[1])))
    pose = int(np.argmin([abs(yaw - each) for each in POSES_DEG]))
    if abs(yaw - POSES_DEG[pose]) > _HEAD_TOLERANCE_DEG:
        raise DataError(f"{label}: head yaw {yaw:.1f} deg; the protocol has 0, 15 and 30 to either side")
    sources, targets = (index.ravel() for index in np.indices((len(gaze), len(gaze))))
    groups = difference_group(np.deg2rad(wanted[sources]), np.deg2rad(wanted[targets]))
    return [
        Case(scene, *each, pose)
        for each in zip(sources.tolist(), targets.tolist(), groups.tolist(), strict=True)
    ]
