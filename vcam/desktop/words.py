"""What is happening, in plain words: a session's state and the policy's reasons as a person reads them."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from vcam.session import Activity, SessionStatus
from vcam.types import Correction, EyeRedirection

Tone: TypeAlias = Literal["on", "off", "passing", "problem"]
"""What the icon shows."""
TONES: tuple[Tone, ...] = get_args(Tone)

_ON, _OWN_EYES = "Eye contact is on", "Your own eyes are shown"
_WAITING = "No program uses GazeCam, so the camera is closed."
_STARTING = "The camera and the models are being opened."
_LOADING = "The correction is being loaded; the camera's own picture goes out meanwhile."
REASONS = {
    "eyes closed": "Your eyes are closed or closing.",
    "looking away": "You look too far from the lens.",
    "head turned": "Your head is turned from the camera.",
    "glance": "A quick look elsewhere is let through.",
    "face unclear": "The face is blurred, small or partly hidden.",
    "eye unclear": "Your eyes cannot be made out clearly.",
    "easing in": "Coming back gently.",
    "no face": "There is no face in the picture.",
    "nothing to change": "Your eyes already meet the lens.",
    "off": "The strength is at zero.",
    "error": "The correction failed on this picture; the log says how.",
    "camera away": "The camera is silent. GazeCam waits for it.",
    "correction late": "This computer is busy, so the camera's own picture goes out.",
}
"""Every reason of policy, corrector and sender, as a sentence."""
_FITS = {"nothing to change"}
"""Reasons that mean that all is well."""
_SIDEWAYS_DEG, _UPRIGHT_DEG = 1.2, 1.7
"""What viewers can see (DESIGN 4): less than this counts as meeting the lens."""
_ACTING = 0.5
"""From this share of what was asked on, the correction counts as acting."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one glance at the window tells."""

    tone: Tone
    headline: str
    detail: str

    @property
    def sentence(self) -> str:
        """Both in one line, for tooltips and for people who hear the screen."""
        return f"{self.headline}. {self.detail}" if self.detail else self.headline


def account(status: SessionStatus, *, enabled: bool, newest: Correction | None = None) -> Account:
    """What the session does and why; ``newest`` adds by how far the gaze is moved."""
    said = reason_in_words(status.reason)
    match status.activity:
        case Activity.STARTING:
            now = Account("passing", "Starting", _STARTING if status.fps == 0 else _LOADING)
        case Activity.LIVE:
            now = Account("on", _ON, _movement(newest) or "Viewers see your eyes meet the lens.")
        case Activity.PASSING if status.reason in _FITS:
            now = Account("on", _ON, said)
        case Activity.PASSING:
            now = Account("passing", _OWN_EYES, said)
        case Activity.OFF:
            now = Account("off", "Eye contact is off", "The camera's picture goes out as it is.")
        case Activity.WAITING:
            tone, word = ("on", "on") if enabled else ("off", "off")
            now = Account(tone, f"Ready, eye contact {word}", _WAITING)
        case Activity.PROBLEM:
            now = Account("problem", "No picture from the camera", said)
        case Activity.STOPPED:
            now = Account("off", "GazeCam has stopped", said)
    return now


def reason_in_words(reason: str | None) -> str:
    """The sentence for a reason; one that is not in the table is shown as it is, as a sentence."""
    if not reason:
        return ""
    return REASONS.get(reason) or reason[0].upper() + reason[1:] + (
        "" if reason.endswith((".", "!", "?")) else "."
    )


def figures(status: SessionStatus) -> list[str]:
    """Delay, rate, what computes and who watches: short parts of one line."""
    parts: list[str] = []
    if status.delay_ms is not None:
        parts.append(f"{status.delay_ms:.0f} ms added delay")
    if status.fps > 0:
        parts.append(f"{status.fps:.0f} frames per second")
    if status.size is not None:
        parts.append(size_in_words(*status.size))
    if status.backend:
        parts.append(status.backend)
    return parts


def size_in_words(width: int, height: int) -> str:
    """A size in px as people write it."""
    return f"{width} × {height}"  # noqa: RUF001 - the sign for times, not the letter


def watchers(status: SessionStatus) -> str:
    """Where the picture goes, and how many programs read it as far as the system tells."""
    match status.readers:
        case None:
            return status.output
        case 0:
            return f"{status.output}, not in use"
        case 1:
            return f"{status.output}, used by 1 program"
        case count:
            return f"{status.output}, used by {count} programs"


def _movement(newest: Correction | None) -> str | None:
    """Where the eyes look and what viewers see instead, of the eye that is corrected more."""
    if newest is None or newest.redirection is None:
        return None
    eye = max(newest.redirection.left, newest.redirection.right, key=lambda eye: eye.strength)
    if eye.strength == 0:
        return None
    if eye.reason and eye.strength < _ACTING:
        return reason_in_words(eye.reason)
    where = direction_in_words(eye.source.pitch - eye.target.pitch, eye.source.yaw - eye.target.yaw)
    if where is None:
        return "Your eyes already meet the lens."
    return f"You look {where} the lens. {_what_viewers_see(eye)}"


def _what_viewers_see(eye: EyeRedirection) -> str:
    left_over = direction_in_words(eye.result.pitch - eye.target.pitch, eye.result.yaw - eye.target.yaw)
    return "Viewers see your eyes meet it." if left_over is None else f"Viewers see {left_over} it."


def direction_in_words(pitch: float, yaw: float) -> str | None:
    """An offset from the lens in rad, e.g. "9° below"; None where viewers cannot see it.

    Pitch is up; yaw is toward the left of the picture, which is the subject's right.
    """
    up, side = math.degrees(pitch), math.degrees(yaw)
    parts: list[str] = []
    if abs(up) > _UPRIGHT_DEG:
        parts.append(f"{abs(up):.0f}° {'above' if up > 0 else 'below'}")
    if abs(side) > _SIDEWAYS_DEG:
        parts.append(f"{abs(side):.0f}° to the {'right' if side > 0 else 'left'} of")
    return " and ".join(parts) if parts else None
