"""The icons at the sizes that trays and menus show them: crisp, and told apart without their colors."""

from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

STATES = ("on", "off", "passing", "problem")
PANELS = {"light": (0xF4, 0xF5, 0xF7), "dark": (0x22, 0x23, 0x26)}
SIZES_PX = (16, 22, 32, 256)


def drawn(name: str, size: int) -> NDArray[np.float64]:
    """(size, size, 4) RGBA, 0 to 1, not premultiplied."""
    drawing = QSvgRenderer(QByteArray((files("vcam.desktop") / "icons" / f"{name}.svg").read_bytes()))
    assert drawing.isValid()
    image = QImage(size, size, QImage.Format.Format_RGBA8888)
    image.fill(0)
    painter = QPainter(image)
    drawing.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(size, size, 4) / 255


def on_panel(pixels: NDArray[np.float64], panel: str) -> NDArray[np.float64]:
    """(H, W, 3): what is seen of it there."""
    alpha = pixels[..., 3:]
    return pixels[..., :3] * alpha + np.array(PANELS[panel]) / 255 * (1 - alpha)


def luminance(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Relative luminance (WCAG 2, sRGB)."""
    linear = np.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def contrast(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Contrast ratio of two luminances (WCAG 2)."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("size", SIZES_PX)
@pytest.mark.parametrize("name", [*STATES, "app", "symbolic"])
def test_an_icon_fills_its_square_and_is_not_cut_off(name, size):
    alpha = drawn(name, size)[..., 3]
    rows, columns = np.flatnonzero(alpha.max(1) > 0.5), np.flatnonzero(alpha.max(0) > 0.5)
    assert rows[-1] - rows[0] + 1 >= 0.85 * size
    assert columns[-1] - columns[0] + 1 >= 0.7 * size
    corners = alpha[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners.max() < 0.1


@pytest.mark.parametrize("panel", PANELS)
@pytest.mark.parametrize("name", STATES)
def test_an_icon_is_seen_on_light_and_dark_panels(name, panel):
    pixels = drawn(name, 22)
    solid = pixels[..., 3] > 0.9
    behind = luminance(np.array(PANELS[panel]) / 255)
    assert np.median(contrast(luminance(on_panel(pixels, panel)[solid]), behind)) >= 3


@pytest.mark.parametrize(("one", "other"), list(combinations(STATES, 2)))
def test_two_states_differ_in_shape_and_not_only_in_color(one, other):
    """At 16 px, without any color: a twelfth of the icon or more is painted otherwise."""
    shapes = [_marks(drawn(name, 16)) for name in (one, other)]
    assert (shapes[0] != shapes[1]).sum() >= 16 * 16 / 12


def _marks(pixels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(16, 16): where its own color is, which neither the panel nor the white of the eye is."""
    return (pixels[..., 3] > 0.5) & (luminance(pixels[..., :3]) < 0.6)


@pytest.mark.parametrize("name", STATES)
def test_the_foot_is_sharp_at_16_px(name):
    """Its edges lie on whole pixels: one full row, nothing half-painted above."""
    alpha = drawn(name, 16)[..., 3]
    assert alpha[15, 6:10].min() > 0.95
    assert alpha[14, 6:10].max() < 0.3
