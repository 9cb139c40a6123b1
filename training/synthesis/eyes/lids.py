"""How the lids follow the eye and close: each ring of the control mesh turns about the axis of the corners.

The angle of a lid point about that axis is what moves; its distance from the eyeball's center stays what
it was at rest, so the lids slide over the ball instead of cutting it (synthesis.md A).
"""

from dataclasses import dataclass

import numpy as np

from training.synthesis.eyes.loops import (
    ANTERIOR,
    CARUNCLE,
    INNER_CORNER_VERTEX,
    INTERIOR,
    LOOPS,
    LOWER,
    ON_BALL,
    OUTER_CORNER,
    PEAK,
    UPPER,
)
from vcam.geometry.angles import Float

STRENGTH = (1.0, 0.92, 0.8, 0.62, 0.36, 0.18)
"""How much of the margin's turn each ring takes part in, from the margin outward.

The lid's front falls behind its edge: turned as far, it would end up below the edge of a closed lid.
"""
LOWER_SHARE = 1.0 / 3.0
"""How far the lower lid moves against the upper one when the gaze goes up or down."""
UP_SHARE = 0.85
"""How far the upper lid rises with a gaze that goes up, against how far it falls with one that goes down."""
INNER_SHARE = np.array([0.55, 0.85, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
"""How much of the turn the upper lid's columns take part in: beside the caruncle lids hardly move."""
MOST_TURN = 1.35
"""Greatest turn of a column against that of the middle ones."""
MEETING_HEIGHT = 0.13
"""Where closed lids meet: this share of the opening above the resting lower margin."""
OVERLAP_RAD = 0.25
"""How far the upper lid passes the lower one when shut, so that no gap stays between them."""
PASSING_MM = 0.35
"""How far in front of the lower lid the upper one comes to lie when shut."""
PASSING_SHARE = (0.0, 1.0, 1.0, 0.9, 0.6, 0.3)
"""How much of that each ring takes part in; the interior margin stays under the ball's surface."""
SIDEWAYS_SHARE = 0.09
"""How far the lids are dragged along by a gaze that goes sideways."""
CLEARANCE_MM = (0.5, 0.55, 0.9, 1.1, 1.3, 1.3)
"""How far outside the ball each ring stays at least, but for the part of the first that lies on it."""
SUNK_MM = 0.12
"""How deep the interior margin lies under the ball's surface, so that no gap opens between its vertices."""


@dataclass(frozen=True, slots=True)
class LidPose:
    """What the lids of one eye are asked to do."""

    pitch: float
    """Of the eyeball's axis in the head, rad, up positive."""
    yaw: float
    blink: float = 0.0
    """0 as open as the gaze lets them, 1 shut."""


@dataclass(frozen=True, slots=True)
class LidHabit:
    """How one person's lids hang and follow."""

    tone: float = 0.0
    """Share of the full closing that is there when the gaze is level: negative for wide eyes."""
    follow: float = 1.0
    """Travel of the upper margin against the travel of the iris when the gaze goes down."""


class Lids:
    """Moves the rings of one control mesh."""

    def __init__(self, rest: Float, eyeball_radius_mm: float, habit: LidHabit) -> None:
        """``rest`` (229, 3): region frame, mm, the eyeball's center at the origin."""
        self._rest, self._radius, self._habit = rest.copy(), eyeball_radius_mm, habit
        rest = self._rest
        for loop, clearance in zip((*LOOPS, CARUNCLE), (*CLEARANCE_MM, CLEARANCE_MM[0]), strict=True):
            distance = np.linalg.norm(rest[loop], axis=1)
            rest[loop] = _at_distance(rest[loop], np.maximum(distance, eyeball_radius_mm + clearance))
        margin_angle, margin_arm = _about_corners(rest, INTERIOR)
        upper, lower = margin_angle[UPPER], margin_angle[LOWER]
        distance = np.linalg.norm(rest[LOOPS], axis=2)
        highest = distance[INTERIOR : PEAK + 1, LOWER].max(axis=0)
        # (9,) what the columns of the upper lid have to rise to pass in front of the lower one.
        self._passing = np.maximum(highest - distance[ANTERIOR, UPPER], 0.0) + PASSING_MM
        middle = slice(3, 6)
        # Close to the corners the arms are short and their angles mean little.
        self._opening = np.clip(upper - lower, 0.0, MOST_TURN * (upper - lower)[middle].max())
        # Angle about the corners per angle about the ball's center, for the same way over the ball.
        self._upper_gear = eyeball_radius_mm / float(margin_arm[UPPER][middle].mean())
        self._lower_gear = eyeball_radius_mm / float(margin_arm[LOWER][middle].mean())
        self._wide = float(self._opening[middle].mean())

    def closing(self, pose: LidPose) -> float:
        """Share of the way to shut, 0 level and open to 1 shut; below 0 for a gaze that goes up."""
        travel = -pose.pitch * (self._habit.follow if pose.pitch < 0 else UP_SHARE)
        followed = min(0.92, self._habit.tone + travel * self._upper_gear / self._wide)
        return 1 - (1 - followed) * (1 - pose.blink)

    def pose(self, pose: LidPose) -> Float:
        """(229, 3) control mesh with the lids where they belong."""
        closing = self.closing(pose)
        shut = (1 - MEETING_HEIGHT) * self._opening + OVERLAP_RAD
        upper_turn = -closing * shut * INNER_SHARE
        follow = LOWER_SHARE * pose.pitch * self._habit.follow * self._lower_gear * (1 - pose.blink)
        lower_turn = (
            follow * self._opening / self._wide + max(0.0, pose.blink) * MEETING_HEIGHT * self._opening
        )
        vertices = self._rest.copy()
        vertices[ON_BALL] = _at_distance(vertices[ON_BALL], self._radius - SUNK_MM)
        for loop, strength in enumerate(STRENGTH):
            turn = np.zeros(20)
            turn[UPPER], turn[LOWER] = strength * upper_turn, strength * lower_turn
            lift = np.zeros(20)
            lift[UPPER] = PASSING_SHARE[loop] * self._passing * max(0.0, closing) ** 2
            vertices[LOOPS[loop]] = self._turned(vertices, loop, turn, lift)
        self._drag(vertices, pose.yaw)
        return vertices

    def _turned(self, vertices: Float, loop: int, turn: Float, lift: Float) -> Float:
        """A ring (20, 3) after each column's turn (20,), ``lift`` (20,) farther out than before."""
        ring = vertices[LOOPS[loop]]
        start, along = _corner_axis(self._rest, loop)
        arm = ring - start
        cosine, sine = np.cos(turn)[:, None], np.sin(turn)[:, None]
        # A turn about "along" (inner to outer corner, image right) lifts what lies in front for turn > 0.
        across = np.cross(arm, along)
        axial = along * (arm @ along)[:, None]
        turned = start + axial + (arm - axial) * cosine + across * sine
        moved = np.abs(turn)[:, None] > 0
        return np.where(moved, _at_distance(turned, np.linalg.norm(ring, axis=1) + lift), ring)

    def _drag(self, vertices: Float, yaw: float) -> None:
        """Carry the lids a little along with a gaze that goes sideways."""
        for loop, strength in enumerate(STRENGTH[:4]):
            for columns in (UPPER, LOWER):
                angle = SIDEWAYS_SHARE * strength * yaw * np.sin(np.pi * np.arange(1, 10) / 10)
                ring = vertices[LOOPS[loop, columns]]
                x, z = ring[:, 0], ring[:, 2]
                vertices[LOOPS[loop, columns], 0] = x * np.cos(angle) + z * np.sin(angle)
                vertices[LOOPS[loop, columns], 2] = z * np.cos(angle) - x * np.sin(angle)


def _corner_axis(rest: Float, loop: int) -> tuple[Float, Float]:
    """Where the axis of a ring starts and its direction: from the inner corner to the ring's outer one."""
    start = rest[INNER_CORNER_VERTEX]
    along = rest[LOOPS[loop, OUTER_CORNER]] - start
    return start, along / np.linalg.norm(along)


def _about_corners(rest: Float, loop: int) -> tuple[Float, Float]:
    """Angle (20,), rad, 0 straight ahead and positive up, and arm (20,), mm, of a ring about its axis."""
    start, along = _corner_axis(rest, loop)
    arm = rest[LOOPS[loop]] - start
    arm = arm - along * (arm @ along)[:, None]
    ahead = np.array([0.0, 0.0, -1.0])
    ahead = ahead - along * (ahead @ along)
    ahead /= np.linalg.norm(ahead)
    up = np.cross(ahead, along)
    return np.arctan2(arm @ up, arm @ ahead), np.linalg.norm(arm, axis=1)


def _at_distance(points: Float, distance: Float | float) -> Float:
    """Points (N, 3) moved along their rays from the origin to ``distance``."""
    return points * (np.asarray(distance) / np.linalg.norm(points, axis=1))[:, None]
