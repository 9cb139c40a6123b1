"""The picture that a person looks at during a calibration: one target, one ring, few words."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from vcam.calibration import Step
from vcam.desktop.calibration_guide import Moment, request
from vcam.desktop.calibration_targets import place

_MOVE_S = 0.45
"""The dot glides to its next place, so that the eyes go with it."""
_DOT_PX, _RING_PX, _LINE_PX = 10.0, 32.0, 5.0
_FOOT_PX = 206.0
"""Of the arrow to the lens, from the top."""
_FULL = 16 * 360
_TOP = 16 * 90


class CalibrationCanvas(QWidget):
    """Draws one moment; sizes are logical px, so it is as large on every screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._moment = Moment("lens", None, 0, 0.0, 0.0)
        self._count = 1

    def show_moment(self, moment: Moment, count: int) -> None:
        """Take what holds now, of a run of ``count`` steps."""
        if moment.number != self._moment.number or moment.step != self._moment.step:
            self.setAccessibleName(". ".join(request(moment.step)))
        self._moment, self._count = moment, count
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._color(QPalette.ColorRole.Window))
        if self._moment.step == "lens":
            self._draw_lens(painter)
        else:
            self._draw_dot(painter)
        self._draw_steps(painter)

    def _draw_lens(self, painter: QPainter) -> None:
        """An arrow to the lens; the ring around its foot is seen from the corner of the eye."""
        sway = 6 * math.sin(2 * math.pi * self._moment.since_s / 1.6)
        x, top = self.width() / 2, 44 + sway
        pen = QPen(self._color(QPalette.ColorRole.Accent), 10)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.drawLine(QPointF(x, top), QPointF(x, top + 104))
        painter.drawPolyline([QPointF(x - 38, top + 40), QPointF(x, top), QPointF(x + 38, top + 40)])
        self._draw_ring(painter, QPointF(x, _FOOT_PX))  # no dot: it would draw the eyes away
        self._write(painter, QPointF(x, 290), *request("lens"))

    def _draw_dot(self, painter: QPainter) -> None:
        moment = self._moment
        at = self._dot()
        if moment.step == "face":
            eyes = place("face", self.size())
            self._draw_face(painter, eyes)
            self._write(painter, QPointF(self.width() / 2, max(eyes.y() - 240, 46)), *request("face"))
        else:
            self._write(painter, QPointF(self.width() / 2, self.height() / 2), *request(moment.step))
        self._draw_ring(painter, at)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color(QPalette.ColorRole.Accent))
        painter.drawEllipse(at, _DOT_PX, _DOT_PX)
        # a point in a disc holds the eyes stiller than either alone
        painter.setBrush(self._color(QPalette.ColorRole.HighlightedText))
        painter.drawEllipse(at, 2.0, 2.0)

    def _dot(self) -> QPointF:
        """Where the dot is on its way to the step's place."""
        moment, goal = self._moment, place(self._moment.step, self.size())
        if moment.before is None:
            return goal
        start = _seen(moment.before, self)
        t = min(moment.since_s / _MOVE_S, 1.0)
        return start + (goal - start) * (t * t * (3 - 2 * t))

    def _draw_ring(self, painter: QPainter, at: QPointF) -> None:
        circle = QRectF(at.x() - _RING_PX, at.y() - _RING_PX, 2 * _RING_PX, 2 * _RING_PX)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._faint(0.22), _LINE_PX))
        painter.drawEllipse(circle)
        pen = QPen(self._color(QPalette.ColorRole.Accent), _LINE_PX)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        if self._moment.share > 0:
            painter.drawArc(circle, _TOP, -round(_FULL * min(self._moment.share, 1.0)))

    def _draw_face(self, painter: QPainter, eyes: QPointF) -> None:
        """Somebody in a call: the outline of head and shoulders in a tile, filled softly."""
        tile, person = QPainterPath(), QPainterPath()
        tile.addRoundedRect(QRectF(eyes.x() - 300, eyes.y() - 145, 600, 345), 18, 18)
        person.setFillRule(Qt.FillRule.WindingFill)
        person.addEllipse(eyes + QPointF(0, 12), 98, 122)
        person.addRoundedRect(QRectF(eyes.x() - 42, eyes.y() + 100, 84, 100), 30, 30)
        person.addEllipse(eyes + QPointF(0, 290), 205, 138)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._faint(0.05))
        painter.drawPath(tile)
        painter.setBrush(self._faint(0.10))
        painter.drawPath(person.simplified().intersected(tile))
        painter.setBrush(self._faint(0.38))
        for side in (-1, 1):
            painter.drawEllipse(eyes + QPointF(54 * side, 0), 10, 7)
        pen = QPen(self._faint(0.3), 4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(eyes.x() - 26, eyes.y() + 58, 52, 22), 16 * 200, 16 * 140)

    def _draw_steps(self, painter: QPainter) -> None:
        """How far the run is, at the bottom; and how to leave it."""
        y, gap = self.height() - 64.0, 22.0
        left = self.width() / 2 - gap * (self._count - 1) / 2
        painter.setPen(Qt.PenStyle.NoPen)
        for number in range(self._count):
            done = number <= self._moment.number
            painter.setBrush(self._color(QPalette.ColorRole.Accent) if done else self._faint(0.22))
            painter.drawEllipse(QPointF(left + gap * number, y), 4.5, 4.5)
        painter.setPen(self._color(QPalette.ColorRole.PlaceholderText))
        painter.setFont(self._font(1.1))
        box = QRectF(0, y + 14, self.width(), 30)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "Esc leaves without changing anything")

    def _write(self, painter: QPainter, middle: QPointF, title: str, detail: str) -> None:
        wide = self.width() - 80
        painter.setPen(self._color(QPalette.ColorRole.WindowText))
        painter.setFont(self._font(2.6, bold=True))
        painter.drawText(QRectF(40, middle.y() - 30, wide, 60), Qt.AlignmentFlag.AlignCenter, title)
        painter.setPen(self._color(QPalette.ColorRole.PlaceholderText))
        painter.setFont(self._font(1.5))
        painter.drawText(QRectF(40, middle.y() + 28, wide, 40), Qt.AlignmentFlag.AlignCenter, detail)

    def _font(self, size: float, *, bold: bool = False) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * size)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        return font

    def _color(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)

    def _faint(self, share: float) -> QColor:
        """Text color over the background, this much of it."""
        color = QColor(self._color(QPalette.ColorRole.WindowText))
        color.setAlphaF(share)
        return color


def _seen(step: Step, canvas: QWidget) -> QPointF:
    """Where a step's dot was drawn: for the lens, at the arrow's foot."""
    return QPointF(canvas.width() / 2, _FOOT_PX) if step == "lens" else place(step, canvas.size())
