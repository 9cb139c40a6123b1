"""Before and after in one picture, with a line between them that mouse and keyboard move."""

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QWidget

from vcam.desktop.theme import LIGHT, RADIUS, SPACE, Theme
from vcam.types import Image

_STEPS = 1000
_BACKGROUND = "#0e1013"
_INK = "#ffffff"
_SHADE = QColor(0, 0, 0, 150)
_BEFORE, _AFTER = "Camera", "What others see"
_HANDLE_PX = 13
_LABEL_HIDES_AT_PX = 24
"""How near the line may come to a label before it would cover it."""


class SplitView(QAbstractSlider):
    """Left of the line the camera's picture, right of it what viewers see; its value is the line's place.

    A slider, because that is what it is to the keyboard (arrows, page up and down, home, end) and to screen
    readers. Pictures keep their shape on a dark ground.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setRange(0, _STEPS)
        self.setSingleStep(_STEPS // 50)
        self.setPageStep(_STEPS // 10)
        self.setValue(_STEPS // 2)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Line between the camera's picture and what others see")
        self.setToolTip("Drag the line, or move it with the arrow keys")
        self._pair: tuple[Image, Image] | None = None
        self._message = ""
        self._theme = LIGHT

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A comfortable picture."""
        return QSize(752, 423)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Still a picture."""
        return QSize(320, 180)

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colors."""
        self._theme = theme
        self.update()

    def show_pair(self, before: Image, after: Image) -> None:
        """Show two (H, W, 3) BGR pictures of one size; the same object twice is a frame left as it was."""
        self._pair = before, after
        self.update()

    def show_message(self, message: str) -> None:
        """Show a sentence in place of the picture; empty: the picture again."""
        if message != self._message:
            self._message = message
            self.update()

    @property
    def share(self) -> float:
        """The line's place as a share of the width, 0 to 1."""
        return self.value() / _STEPS

    @share.setter
    def share(self, share: float) -> None:
        self.setValue(round(_STEPS * share))

    def picture_rect(self) -> QRect:
        """Where the picture lies in the widget, px of the widget."""
        whole = self.rect()
        if self._pair is None:
            return whole
        rows, columns = self._pair[0].shape[:2]
        size = QSize(columns, rows).scaled(whole.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(0, 0, size.width(), size.height())
        place.moveCenter(whole.center())
        return place

    def line_x(self) -> int:
        """Where the line stands, px of the widget."""
        place = self.picture_rect()
        return place.left() + round(place.width() * self.value() / _STEPS)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw all of it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()), RADIUS, RADIUS)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), QColor(_BACKGROUND))
        if self._pair is not None and not self._message:
            self._draw_pictures(painter)
            self._draw_line(painter)
            self._draw_labels(painter)
        elif self._message:
            self._draw_message(painter)
        if self.hasFocus():
            painter.setClipping(False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(self._theme.accent), 3))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5), RADIUS, RADIUS)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of the line, wherever in the picture."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
            self._move_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the line with the mouse."""
        near = abs(event.position().x() - self.line_x()) <= _HANDLE_PX
        self.setCursor(Qt.CursorShape.SplitHCursor if near else Qt.CursorShape.ArrowCursor)
        if self.isSliderDown():
            self._move_to(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go of the line."""
        self.setSliderDown(False)

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Put the line back in the middle."""
        self.setValue(_STEPS // 2)

    def sliderChange(self, change: QAbstractSlider.SliderChange) -> None:  # noqa: N802 - Qt's name
        """Draw the line where it is now."""
        super().sliderChange(change)
        self.update()

    def _move_to(self, at: QPointF) -> None:
        place = self.picture_rect()
        self.setValue(round((at.x() - place.left()) / max(1, place.width()) * _STEPS))

    def _draw_pictures(self, painter: QPainter) -> None:
        if self._pair is None:
            return
        place, line = self.picture_rect(), self.line_x()
        before, after = self._pair
        painter.drawImage(place.topLeft(), self._joined(before, after, place.size(), line - place.left()))

    def _joined(self, before: Image, after: Image, size: QSize, line: int) -> QImage:
        """One picture in the screen's own pixels: scaled once, and only what is shown of each."""
        ratio = self.devicePixelRatioF()
        target = max(1, round(size.width() * ratio)), max(1, round(size.height() * ratio))
        shown = _scaled(after, target)
        if before is not after:
            cut = round(line * ratio)
            shown = np.hstack([_scaled(before, target)[:, :cut], shown[:, cut:]])
        pixels = np.ascontiguousarray(shown)
        view = QImage(pixels.data, target[0], target[1], 3 * target[0], QImage.Format.Format_BGR888)
        image = view.copy()  # Qt does not keep the array alive
        image.setDevicePixelRatio(ratio)
        return image

    def _draw_line(self, painter: QPainter) -> None:
        place, x = self.picture_rect(), self.line_x()
        middle = QPointF(x, place.center().y())
        painter.setPen(QPen(_SHADE, 4))
        painter.drawLine(QPointF(x, place.top()), QPointF(x, place.bottom() + 1))
        painter.setPen(QPen(QColor(_INK), 2))
        painter.drawLine(QPointF(x, place.top()), QPointF(x, place.bottom() + 1))
        painter.setPen(QPen(_SHADE, 1))
        painter.setBrush(QColor(_INK))
        painter.drawEllipse(middle, _HANDLE_PX, _HANDLE_PX)
        painter.setPen(QPen(QColor(_BACKGROUND), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        for side in (-1, 1):
            tip = middle + QPointF(7 * side, 0)
            painter.drawLine(tip, tip + QPointF(-4 * side, -4))
            painter.drawLine(tip, tip + QPointF(-4 * side, 4))

    def _draw_labels(self, painter: QPainter) -> None:
        place, line = self.picture_rect(), self.line_x()
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        for text, left in ((_BEFORE, True), (_AFTER, False)):
            size = painter.fontMetrics().size(0, text) + QSize(2 * SPACE, SPACE)
            pill = QRect(place.topLeft(), size).translated(SPACE, SPACE)
            if not left:
                pill.moveRight(place.right() - SPACE)
            room = line - pill.right() if left else pill.left() - line
            if room < _LABEL_HIDES_AT_PX - _HANDLE_PX:
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_SHADE)
            painter.drawRoundedRect(pill, size.height() / 2, size.height() / 2)
            painter.setPen(QColor(_INK))
            painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_message(self, painter: QPainter) -> None:
        room = self.rect().adjusted(4 * SPACE, 2 * SPACE, -4 * SPACE, -2 * SPACE)
        painter.setPen(QColor("#c9ced6"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)


def _scaled(image: Image, size: tuple[int, int]) -> Image:
    if (image.shape[1], image.shape[0]) == size:
        return image
    smaller = size[0] < image.shape[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR).astype(
        np.uint8, copy=False
    )
