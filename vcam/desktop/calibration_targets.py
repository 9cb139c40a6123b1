"""Where the targets of a calibration stand: in the window, in px, and on the screen, in mm."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize

from vcam.calibration import STEPS, Screen, Step

if TYPE_CHECKING:
    from PySide6.QtGui import QScreen

_INSET = 0.07
"""Of a corner's dot from the edges, in the shorter side."""
_PRETENDED_MM_PER_PX = 25.4 / 96
"""What servers claim that know nothing of their screen."""
_SMALLEST_MM, _LARGEST_MM = 150.0, 2500.0


def place(step: Step, size: QSize) -> QPointF:
    """Where a step's target stands in a window of this size; for the lens, where the arrow to it points."""
    width, height = float(size.width()), float(size.height())
    inset = _INSET * min(width, height)
    match step:
        case "lens":
            return QPointF(width / 2, 0.0)
        case "face":
            return QPointF(width / 2, 0.42 * height)
        case _:
            x = inset if "left" in step else width - inset
            return QPointF(x, inset if "top" in step else height - inset)


def screen_of(size: QSize, screen: "QScreen") -> Screen:
    """The targets of a window of this size on a screen."""
    known = mm_per_px(screen)
    scale = known or _PRETENDED_MM_PER_PX
    places: Mapping[Step, QPointF] = {step: place(step, size) for step in STEPS if step != "lens"}
    return Screen(
        {step: (scale * at.x(), scale * at.y()) for step, at in places.items()}, size_known=known is not None
    )


def mm_per_px(screen: "QScreen") -> float | None:
    """How large a (logical) pixel is; None where the screen says nothing that can be true."""
    size, pixels = screen.physicalSize(), screen.geometry()
    if not _SMALLEST_MM <= size.width() <= _LARGEST_MM or not size.height() > 0:
        return None
    across, down = size.width() / pixels.width(), size.height() / pixels.height()
    if not 0.9 < across / down < 1.1:  # pixels are square; a turned screen that says otherwise is not known
        return None
    pretended = abs(across / screen.devicePixelRatio() / _PRETENDED_MM_PER_PX - 1) < 0.01
    return None if pretended else across
