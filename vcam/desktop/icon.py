"""The icons that come with the package, by name."""

from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from vcam.errors import VcamError

_SIZES_PX = (16, 22, 24, 32, 44, 48, 64, 128, 256)
"""What trays and window managers ask for, at one and two pixels per point."""


class IconMissing(VcamError):
    """The package was built without one of its icons, or with a damaged one."""


def icon(name: str) -> QIcon:
    """The icon ``icons/NAME.svg`` of this package, drawn for every common size.

    Raises:
        IconMissing: there is none, or it is no SVG picture.
    """
    file = files("vcam.desktop") / "icons" / f"{name}.svg"
    try:
        drawing = QSvgRenderer(QByteArray(file.read_bytes()))
    except OSError as error:
        raise IconMissing(f"{file}: icon cannot be read: {error.strerror}; install GazeCam anew") from error
    if not drawing.isValid():
        raise IconMissing(f"{file}: not an SVG picture; install GazeCam anew")
    drawn = QIcon()
    for size in _SIZES_PX:
        drawn.addPixmap(_drawn(drawing, size))
    return drawn


def _drawn(drawing: QSvgRenderer, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    drawing.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    drawing.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap
