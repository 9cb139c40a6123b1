"""How far beside the lens a look into it was read, before and now, as a target with two dots."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

_WIDE_PX, _HIGH_PX, _LEGEND_PX = 420, 220, 40
_RINGS_DEG = (2, 5, 10, 20)
_DOT_PX = 8.0


class CalibrationBoard(QWidget):
    """Rings of degrees around the lens; seen as the person sees, so up is up and left is left."""

    def __init__(self, before_deg: Sequence[float], now_deg: Sequence[float]) -> None:
        """Show two (pitch, yaw) beside the lens, deg."""
        super().__init__()
        self._before, self._now = tuple(before_deg), tuple(now_deg)
        farthest = max(math.hypot(*self._before), math.hypot(*self._now), _RINGS_DEG[0])
        inner = [ring for ring in _RINGS_DEG if ring < farthest]
        self._rings = _RINGS_DEG[: min(len(inner) + 1, len(_RINGS_DEG))]
        self._reach = max(1.05 * self._rings[-1], 1.1 * farthest)
        self.setAccessibleName(
            f"Before {math.hypot(*self._before):.1f} degrees beside the lens, "
            f"now {math.hypot(*self._now):.1f}"
        )

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As large as it is drawn."""
        return QSize(_WIDE_PX, _HIGH_PX + _LEGEND_PX)

    minimumSizeHint = sizeHint  # noqa: N815 - Qt's name

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_rings(painter)
        self._draw_before(painter, self._place(self._before))
        self._draw_now(painter, self._place(self._now))
        self._draw_legend(painter)

    def _draw_before(self, painter: QPainter, at: QPointF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._color(QPalette.ColorRole.PlaceholderText), 2.5))
        painter.drawEllipse(at, _DOT_PX, _DOT_PX)

    def _draw_now(self, painter: QPainter, at: QPointF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._color(QPalette.ColorRole.Accent))
        painter.drawEllipse(at, _DOT_PX, _DOT_PX)

    def _draw_legend(self, painter: QPainter) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.2)
        painter.setFont(font)
        y, middle = self.height() - _LEGEND_PX / 2, self.width() / 2
        self._draw_before(painter, QPointF(middle - 128, y))
        self._draw_now(painter, QPointF(middle + 42, y))
        painter.setPen(self._color(QPalette.ColorRole.WindowText))
        for x, word, way in ((-110, "before", self._before), (60, "now", self._now)):
            box = QRectF(middle + x, y - 15, 150, 30)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"{word}  {math.hypot(*way):.1f}°")

    def _draw_rings(self, painter: QPainter) -> None:
        middle, line = self._place((0.0, 0.0)), QColor(self._color(QPalette.ColorRole.WindowText))
        line.setAlphaF(0.25)
        painter.setPen(QPen(line, 1.5))
        for ring in self._rings:
            radius = self._px(ring)
            painter.drawEllipse(middle, radius, radius)
        painter.drawLine(middle - QPointF(6, 0), middle + QPointF(6, 0))
        painter.drawLine(middle - QPointF(0, 6), middle + QPointF(0, 6))
        painter.setPen(self._color(QPalette.ColorRole.PlaceholderText))
        for ring in self._rings:  # below, where its circle passes
            box = QRectF(middle.x() + 5, middle.y() + self._px(ring) - 18, 40, 16)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, f"{ring}°")

    def _place(self, angles: Sequence[float]) -> QPointF:
        pitch, yaw = angles  # yaw runs toward the person's right
        return QPointF(self.width() / 2 + self._px(yaw), _HIGH_PX / 2 - self._px(pitch))

    def _px(self, degrees: float) -> float:
        return degrees / self._reach * (_HIGH_PX / 2 - 2)

    def _color(self, role: QPalette.ColorRole) -> QColor:
        return self.palette().color(role)
