"""What a calibration found, in plain words and degrees."""

from datetime import datetime

from vcam.calibration import Calibration

_NOTICED_DEG = 0.3
_NOTICED_SCALE = 0.05


def account(calibration: Calibration) -> list[str]:
    """What was found, one sentence each, the most important first."""
    sentences = [_offset(calibration)]
    sentences += _stretch("Up and down", calibration.pitch_scale)
    sentences += _stretch("From side to side", calibration.yaw_scale)
    sentences.append(_screen(calibration))
    return sentences


def degrees(value: float) -> str:
    """An angle as it is shown, e.g. "3.2°"."""
    return f"{abs(value):.1f}°"


def made_on(calibration: Calibration) -> str:
    """When a calibration was made, e.g. "21 November 2026"."""
    try:
        made = datetime.fromisoformat(calibration.made_at).astimezone()
    except ValueError:
        return "an unknown day"
    return f"{made.day} {made:%B %Y}"


def _offset(calibration: Calibration) -> str:
    # what is added makes up for what was missing; yaw runs toward the subject's right
    low, left = calibration.pitch_offset_deg, calibration.yaw_offset_deg
    parts: list[str] = []
    if abs(low) >= _NOTICED_DEG:
        parts.append(f"{degrees(low)} too {'low' if low > 0 else 'high'}")
    if abs(left) >= _NOTICED_DEG:
        parts.append(f"{degrees(left)} too far {'left' if left > 0 else 'right'}")
    if not parts:
        return "Your look into the lens was read right all along."
    return f"Your look into the lens was read {' and '.join(parts)}."


def _stretch(way: str, scale: float) -> list[str]:
    if abs(scale - 1) < _NOTICED_SCALE:
        return []
    more = "farther" if scale > 1 else "less far"
    return [f"{way}, your eyes go {abs(scale - 1):.0%} {more} than was read."]


def _screen(calibration: Calibration) -> str:
    up, right = calibration.screen_pitch_deg, calibration.screen_yaw_deg
    parts: list[str] = []
    if abs(up) >= 1:
        parts.append(f"{abs(up):.0f}° {'above' if up > 0 else 'below'}")
    if abs(right) >= 1:
        parts.append(f"{abs(right):.0f}° to the {'right' if right > 0 else 'left'} of")
    return f"A face on your screen stands {' and '.join(parts) or 'right at'} the lens."
