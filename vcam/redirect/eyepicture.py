"""One eye cut out of a frame, and how it is redrawn looking elsewhere.

It is redrawn in layers, each from the frame's own pixels: the lids follow the gaze by a smooth flow; the
old iris is filled in from the sclera around it; the iris, a disc on a rotated sphere, is set where the
new gaze puts it, the part that a lid hid being completed; the highlight, which belongs to the lamp and
not to the eye, stays where it was.
"""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.geometry.eyelayers import (
    LIMBUS_END,
    IrisDisc,
    complete_iris,
    length,
    lift_highlight,
    mix,
    per_channel,
    ramp,
    sclera_level,
    spread_sclera,
)
from vcam.geometry.lids import CREASE_REACH, LOWER_REACH, EyeAxes, LidCurves, LidMove, move_lids
from vcam.types import EyeRegion, Floats, Image

Float = NDArray[np.floating[Any]]
Box = tuple[slice, slice]

_SMALLEST_CROP_PX = 8
_MARGIN, _LARGEST_RISE = 0.03, 0.12
"""What the crop holds beyond the lids' own reach, and for an upper lid on its way up, eye widths."""
_LID_EDGE_PX = 1.5
"""Softness of the border between eyeball and lid."""
_STILL_PX = 0.02
"""A flow below this leaves the pixel as it is."""
_LASHES, _MOIST_EDGE = 0.025, 0.025
"""How much of the eyeball the upper lashes and the lower lid's shining edge spoil, eye widths."""
_LID_SHADOW = 0.3
"""How much darker the eyeball is right under the upper lid."""
_SHADOW_REACH = 0.06
"""How far down that shadow falls, eye widths."""
_LID_DUSK, _DUSK_REACH = 0.3, 0.06
"""How much darker the sclera is at the lower lid, and how far up that reaches, eye widths."""
_CANTHUS_DUSK = 0.5
"""How much darker the sclera is in the canthi."""


@dataclass(frozen=True, slots=True)
class EyePicture:
    """A crop of the frame around one eye; all geometry is in px of the crop."""

    origin: tuple[int, int]
    crop: Image
    axes: EyeAxes
    curves: LidCurves
    iris: IrisDisc

    @classmethod
    def cut(cls, image: Image, eye: EyeRegion, iris_shape: NDArray[np.float64]) -> "EyePicture | None":
        """The eye with the skin that may move, or None where the frame holds next to nothing of it."""
        axes = EyeAxes.from_canthi(eye.inner_canthus, eye.outer_canthus)
        rim, w = eye.opening, axes.width
        (left, top), (right, bottom) = rim.min(axis=0).tolist(), rim.max(axis=0).tolist()
        x0 = max(math.floor(left - _MARGIN * w), 0)
        y0 = max(math.floor(top - (CREASE_REACH + _LARGEST_RISE) * w), 0)
        x1 = min(math.ceil(right + _MARGIN * w) + 1, image.shape[1])
        y1 = min(math.ceil(bottom + (LOWER_REACH + _MARGIN) * w) + 1, image.shape[0])
        if x1 - x0 < _SMALLEST_CROP_PX or y1 - y0 < _SMALLEST_CROP_PX:
            return None
        origin = np.array([x0, y0], np.float32)
        local = EyeAxes(axes.center - origin, axes.along, w)
        curves = LidCurves.fit(local, eye.upper_lid - origin, eye.lower_lid - origin)
        x, y = (eye.iris_center - origin).tolist()
        iris = IrisDisc((x, y), eye.iris_radius, iris_shape)
        return cls((x0, y0), image[y0:y1, x0:x1], local, curves, iris)

    def redraw(
        self, shift_px: NDArray[np.float64], iris_shape: NDArray[np.float64], rise: float, lower_rise: float
    ) -> tuple[Image, Floats]:
        """The crop after a change of gaze, and a mask of what changed.

        Args:
            shift_px: (2,) how far the iris moves.
            iris_shape: (2, 2) its shape there, ``eyeball.disc_shape``.
            rise: how far the upper lid moves up, eye widths.
            lower_rise: likewise the lower lid.
        """
        field = _Field.of(self, rise, lower_rise)
        # on floats OpenCV's cubic filter takes half the time that it takes on bytes
        still, source = self.crop.astype(np.float32), (field.from_x, field.from_y)
        picture = cv2.remap(still, *source, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        opening = field.opening()
        open_now, was_open = opening > 0, field.was_open()
        box = _box_of(open_now | was_open)
        new = IrisDisc(self.iris.center, self.iris.radius, iris_shape).moved(*shift_px.tolist())
        if box is not None:
            lids = np.asarray(picture[box], np.float32)
            ball = self._draw_ball(box, field.within(box), was_open[box], new, lids)
            picture[box] = mix(lids, ball, opening[box])
        pixels = np.rint(picture.clip(0, 255)).astype(np.uint8)
        # a change of less than a pixel fades in, or the first of it would show as a switch
        moved_px = max(float(np.hypot(*shift_px)), abs(rise) * self.axes.width)
        mask = (open_now | field.flows()) * np.float32(min(moved_px, 1.0))
        return pixels, mask

    def _draw_ball(
        self, box: Box, field: "_Field", was_open: NDArray[np.bool_], new: IrisDisc, lids: Float
    ) -> Float:
        """The eyeball in a box: sclera where the old iris was, the iris in its new place."""
        top, left = box[0].start, box[1].start
        old, new = self.iris.moved(-left, -top), new.moved(-left, -top)
        seen, old_distance = field.seen(), old.distance(field.x, field.y)
        around = seen * ramp(old_distance, LIMBUS_END + 0.03, LIMBUS_END + 0.18)
        level = sclera_level(self.crop[box], around)
        on_iris = was_open * ramp(old_distance, 1.0, 0.85)
        clean, glow = lift_highlight(self.crop[box], on_iris, old.radius, level)
        sclera = spread_sclera(clean, around, level, self.axes.width)
        sources = field.from_x, field.from_y
        fill = cv2.remap(sclera, *sources, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        uncover = ramp(old.distance(*sources), LIMBUS_END + 0.33, LIMBUS_END)
        ball = mix(lids, fill * per_channel(field.dusk()), uncover)
        part = new.box(ball.shape)
        unit = new.unit(field.x[part], field.y[part])
        color, direct = complete_iris(clean, seen, old, unit, self.axes.down)
        # an invented part lies under the lid's shadow, of which the seen parts know nothing
        color *= per_channel(1 - np.float32(_LID_SHADOW) * (1 - direct) * field.shadow(part))
        distance = length(*unit)
        iris = mix(ball[part], color, ramp(distance, LIMBUS_END - 0.07, LIMBUS_END - 0.19))
        ball[part] = iris + glow[part] * per_channel(ramp(distance, 1.0, 0.8))
        return ball


@dataclass(frozen=True, slots=True)
class _Field:
    """Coordinates of each pixel of a crop, or of a box in it, and where the moved lids put it."""

    axes: EyeAxes
    x: Float
    y: Float
    s: Float
    t: Float
    from_x: Float
    from_y: Float
    between_canthi: NDArray[np.bool_]
    move: LidMove

    @classmethod
    def of(cls, picture: EyePicture, rise: float, lower_rise: float) -> "_Field":
        height, width = picture.crop.shape[:2]
        y, x = np.indices((height, width), np.float32)
        s, t = picture.axes.of(x[:1], y[:, :1])
        move = move_lids(s, t, picture.curves, rise, lower_rise)
        dx, dy = picture.axes.down * np.float32(picture.axes.width)
        from_x, from_y = x + move.dt * dx, y + move.dt * dy
        return cls(picture.axes, x, y, s, t, from_x, from_y, np.abs(s) < 0.5, move)

    def within(self, box: Box) -> "_Field":
        """The part in a box, in px of that box."""
        left, top = np.float32(box[1].start), np.float32(box[0].start)
        return _Field(
            self.axes,
            self.x[box] - left,
            self.y[box] - top,
            self.s[box],
            self.t[box],
            self.from_x[box] - left,
            self.from_y[box] - top,
            self.between_canthi[box],
            self.move.within(box),
        )

    def opening(self) -> Float:
        """Soft mask of the eyeball between the new margins, wide enough below for the old iris's rim."""
        return self._between(self.move.upper, self.move.lower, 0.3, 0.9)

    def seen(self) -> Float:
        """Soft mask of the eyeball between the old margins, without lashes and the lower lid's moist edge."""
        lashes, moist = (self.axes.width * part / _LID_EDGE_PX for part in (_LASHES, _MOIST_EDGE))
        return self._between(self.move.old_upper, self.move.old_lower, -0.3 - lashes, -0.3 - moist)

    def was_open(self) -> NDArray[np.bool_]:
        """Whether a pixel lay between the old margins."""
        return (self.t > self.move.old_upper) & (self.t < self.move.old_lower)

    def flows(self) -> NDArray[np.bool_]:
        """Whether a pixel's color comes from elsewhere."""
        return np.abs(self.move.dt) > np.float32(_STILL_PX / self.axes.width)

    def shadow(self, box: Box) -> Float:
        """The upper lid's shadow on the eyeball in a box, 1 right under the margin."""
        return np.exp(np.minimum(self.move.upper[box] - self.t[box], 0) * np.float32(1 / _SHADOW_REACH))

    def dusk(self) -> Float:
        """How much of the open sclera's brightness is left close to the lower lid and to the canthi."""
        near_lid = np.exp(np.minimum(self.t - self.move.lower, 0) * np.float32(1 / _DUSK_REACH))
        return (1 - np.float32(_LID_DUSK) * near_lid) * (1 - np.float32(4 * _CANTHUS_DUSK) * self.s * self.s)

    def _between(self, upper: Float, lower: Float, above: float, below: float) -> Float:
        """Soft mask between margins whose edges lie ``above`` and ``below`` edge widths farther out."""
        per_edge = np.float32(self.axes.width / _LID_EDGE_PX)
        depth = np.minimum((self.t - upper) * per_edge + above, (lower - self.t) * per_edge + below)
        return depth.clip(0, 1) * self.between_canthi


def _box_of(mask: NDArray[np.bool_]) -> Box | None:
    """The box that holds a mask and two px around it."""
    left, top, width, height = cv2.boundingRect(mask.view(np.uint8))
    if not width:
        return None
    return slice(max(0, top - 2), top + height + 2), slice(max(0, left - 2), left + width + 2)
