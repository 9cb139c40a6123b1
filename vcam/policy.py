"""FaceTrack, GazeEstimate -> Redirection: toward the lens, and when to let go.

The target of each eye is the ray from that eye to the lens. How far to go is a product of fades, each
with its reason; the smallest one names it. Two clocks apply: what concerns the whole face eases, so that
no fade moves an eye by more than 2 degrees per frame; the lids act at once, since a closing eye hides
the change and an open eye drawn into a blink is the worst thing that can be seen.

In a call, a quick look elsewhere passes: it is the person's own. A reader's eyes jump too, at the end of
each line, so with a teleprompter such looks are held on the lens. What is farther away than a text can be
is let go of in both modes by the same limits of gaze and head, and so are closing lids.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vcam.controls import Controls, ControlState, Mode
from vcam.errors import ConfigError
from vcam.geometry import eyeball
from vcam.geometry.angles import pitch_yaw_from_vector
from vcam.geometry.headpose import rotation_matrix
from vcam.smoothing import fade
from vcam.types import EyeGaze, EyeRedirection, FaceTrack, Frame, Gaze, GazeEstimate, Redirection

Array = NDArray[np.float64]

_FULL = 0.99
"""From here on a fade counts as not acting."""
_FRAME_S = 1 / 30
_WIDE_OPEN = 0.9
"""Gate of an eye that is clearly open beside a closed one."""
_NOTHING = 0.01
"""Below this a strength counts as none."""


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """When the gaze is redirected. Angles are measured from the ray to the lens, in degrees."""

    strength: float = field(default=1.0, metadata={"range": (0.0, 1.0)})
    """How much of the way to the lens is gone, 0 to 1."""
    strength_pitch: float = field(default=1.0, metadata={"range": (0.0, 1.0)})
    """How much of ``strength`` goes up and down, 0 to 1."""
    strength_yaw: float = field(default=1.0, metadata={"range": (0.0, 1.0)})
    """How much of ``strength`` goes sideways, 0 to 1."""
    mode: Mode = "call"
    """call lets glances pass, teleprompter does not, off corrects nothing."""
    gaze_full_deg: float = field(default=20.0, metadata={"range": (1.0, 60.0)})
    gaze_none_deg: float = field(default=30.0, metadata={"range": (1.0, 60.0)})
    head_full_deg: float = field(default=20.0, metadata={"range": (1.0, 60.0)})
    head_none_deg: float = field(default=30.0, metadata={"range": (1.0, 60.0)})
    hysteresis_deg: float = field(default=3.0, metadata={"range": (0.0, 10.0)})
    """How much closer to the lens the eyes must come back before it starts again."""
    glance_deg: float = field(default=7.0, metadata={"range": (1.0, 60.0)})
    """A look this much farther from the lens than where the eyes rested is a glance and passes."""
    rest_s: float = field(default=1.2, metadata={"range": (0.1, 60.0)})
    """Time after which a new direction counts as where the eyes rest."""
    max_step_deg: float = field(default=2.0, metadata={"range": (0.1, 90.0)})
    """Most that a fade may turn an eye in 1/30 s."""

    def __post_init__(self) -> None:
        for what in ("gaze", "head"):
            full, none = getattr(self, f"{what}_full_deg"), getattr(self, f"{what}_none_deg")
            if not full + self.hysteresis_deg <= none:
                raise ConfigError(
                    f"policy.{what}_none_deg: expected {full + self.hysteresis_deg:g} or more "
                    f"(policy.{what}_full_deg + policy.hysteresis_deg), got {none:g}"
                )

    @property
    def controls(self) -> ControlState:
        """Those of the settings that may change while frames flow."""
        return ControlState(self.mode, self.strength, self.strength_pitch, self.strength_yaw)


class LensPolicy:
    """Looks into the lens while the person looks at the screen; a RedirectionPolicy."""

    def __init__(self, settings: PolicySettings, controls: Controls | None = None) -> None:
        """``controls`` takes the place of the mode and the strengths in ``settings``."""
        self._settings = settings
        self._controls = controls or Controls(settings.controls)
        self._track_id: int | None = None
        self.forget()

    def forget(self) -> None:
        """Ease in anew with the next frame."""
        self._axes: Array = np.zeros(2)
        self._lids = {"left": _LidGate(), "right": _LidGate()}
        self._fades: dict[str, float] = {}
        self._rest: float | None = None
        self._engaged = False
        self._blinking = False
        self._last_s: float | None = None

    def decide(self, frame: Frame, track: FaceTrack, gaze: GazeEstimate) -> Redirection:
        """Target and strength for both eyes."""
        asked = self._controls.state
        if track.track_id != self._track_id:
            self._track_id = track.track_id
            self.forget()
        elapsed_s = self._elapsed_s(frame)
        head = rotation_matrix(track.head_pose.rotation)
        targets = [lens_gaze(track, head, left=left) for left in (True, False)]
        away = _away(gaze, targets)
        lids = self._lids_open(track, elapsed_s)
        both = gaze.left, gaze.right
        seen = [eye.confidence for eye, opened in zip(both, lids, strict=True) if opened > 0.5]
        if seen or not self._fades:  # behind closed lids nothing can be judged: what held before holds on
            glance = self._glance(away, elapsed_s) if asked.mode == "call" else self._reading(away)
            self._fades = self._judge(track, head, away, min(seen, default=0.0), glance)
        wanted, most = math.prod(self._fades.values()), _axes(asked)
        axes = self._ease(wanted * most, away, elapsed_s)
        reason = min(self._fades, key=lambda name: self._fades[name]) if wanted < _FULL else None
        if reason is None and (axes < _FULL * most).any():
            reason = "easing in"
        eyes = zip(both, targets, lids, strict=True)
        left, right = (_redirection(eye, target, axes, opened, reason) for eye, target, opened in eyes)
        return Redirection(left, right)

    def _elapsed_s(self, frame: Frame) -> float:
        last_s, self._last_s = self._last_s, frame.captured_at
        return _FRAME_S if last_s is None else min(max(frame.captured_at - last_s, 1e-3), 0.2)

    def _lids_open(self, track: FaceTrack, elapsed_s: float) -> tuple[float, float]:
        """Gates of both eyes: alike, so that they agree, unless one is closed and the other open (a wink).

        Eyes that were both closed open together, however unlike their lids rise.
        """
        left, right = (self._lids[eye.side](eye.openness, elapsed_s) for eye in track.eyes)
        lower, higher = min(left, right), max(left, right)
        if higher == 0:
            self._blinking = True
        elif lower > 0:
            self._blinking = False
        if lower == 0 and higher > _WIDE_OPEN and not self._blinking:
            return left, right
        return lower, lower

    def _judge(
        self, track: FaceTrack, head: Array, away: Array, seen: float, glance: float
    ) -> dict[str, float]:
        """What each reason to let go leaves of the correction, 0 to 1."""
        s = self._settings
        inward = 0.0 if self._engaged else s.hysteresis_deg
        gaze_range = s.gaze_full_deg - inward, s.gaze_none_deg - inward
        head_range = s.head_full_deg - inward, s.head_none_deg - inward
        fades = {
            "looking away": fade(float(np.abs(away).max()), *gaze_range),
            "head turned": fade(float(np.abs(head_angles(track, head)).max()), *head_range),
            "glance": glance,
            "face unclear": fade(track.confidence, 0.6, 0.2),
            "eye unclear": fade(seen, 0.5, 0.1),
        }
        product = math.prod(fades.values())
        self._engaged = product > (0.02 if self._engaged else 0.5)
        return fades

    def _glance(self, away: Array, elapsed_s: float) -> float:
        """1 while the eyes stay about as far from the lens as they rested, 0 on a quick look elsewhere."""
        distance = math.hypot(*away)
        if self._rest is None:
            self._rest = distance
        beyond = distance - self._rest
        self._rest += beyond * (1 - math.exp(-elapsed_s / self._settings.rest_s))
        return fade(beyond, self._settings.glance_deg, 1.7 * self._settings.glance_deg)

    def _reading(self, away: Array) -> float:
        """1: the eyes of a reader rest wherever they are."""
        self._rest = math.hypot(*away)
        return 1.0

    def _ease(self, wanted: Array, away: Array, elapsed_s: float) -> Array:
        """(2,) strength of pitch and yaw: toward what is wanted, by as much as may be turned at once."""
        most_deg = self._settings.max_step_deg * elapsed_s * 30
        step = wanted - self._axes
        turned_deg = math.hypot(*(step * away))
        self._axes = wanted if turned_deg <= most_deg else self._axes + step * (most_deg / turned_deg)
        return self._axes


class _LidGate:
    """1 for an open eye, 0 for a closing or closed one: down at once, up within three frames."""

    def __init__(self) -> None:
        self._open = 0.28
        self._last: float | None = None
        self._gate = 1.0

    def __call__(self, openness: float, elapsed_s: float) -> float:
        closing = 0.0 if self._last is None else min(openness - self._last, 0.0)
        self._last = openness
        # how open this person's eyes are when open: up quickly, down over half a minute
        time_s = 0.5 if openness > self._open else 30.0
        self._open += (openness - self._open) * (1 - math.exp(-elapsed_s / time_s))
        usual = min(max(self._open, 0.18), 0.45)
        wanted = fade((openness + closing) / usual, 0.56, 0.4)
        self._gate = min(wanted, self._gate + 10.0 * elapsed_s)
        return self._gate


def _axes(asked: ControlState) -> Array:
    """(2,) strength of pitch and yaw that is asked for."""
    return asked.strength * np.array([asked.strength_pitch, asked.strength_yaw])


def _redirection(eye: EyeGaze, target: Gaze, axes: Array, lids: float, reason: str | None) -> EyeRedirection:
    strength = float(axes.max())
    if lids < _FULL and lids <= strength:
        reason = "eyes closed"
    total = strength * lids
    if total < _NOTHING:
        return EyeRedirection(eye.gaze, target, 0.0, reason)
    pitch, yaw = (axes / strength).tolist()
    return EyeRedirection(eye.gaze, target, min(total, 1.0), reason, (pitch, yaw))


def lens_gaze(track: FaceTrack, head: Array, *, left: bool) -> Gaze:
    """The gaze with which an eye would meet the lens."""
    position = eyeball.eye_position(head, track.head_pose.translation, left=left)
    pitch, yaw = pitch_yaw_from_vector(-position)
    return Gaze(float(pitch), float(yaw))


def head_angles(track: FaceTrack, head: Array) -> Array:
    """(2,) pitch and yaw of the face away from the ray to the lens, deg."""
    facing = np.array(pitch_yaw_from_vector(-head[:, 2]))
    to_lens = np.array(pitch_yaw_from_vector(-np.asarray(track.head_pose.translation, np.float64)))
    return np.degrees(facing - to_lens)


def _away(gaze: GazeEstimate, targets: list[Gaze]) -> Array:
    """(2,) mean pitch and yaw of both eyes away from the lens, deg."""
    eyes = (gaze.left.gaze, gaze.right.gaze)
    ways = [(e.pitch - t.pitch, e.yaw - t.yaw) for e, t in zip(eyes, targets, strict=True)]
    return np.degrees(np.mean(ways, axis=0))
