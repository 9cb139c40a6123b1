"""Before on the left of the line, after on its right; mouse and keys move it."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QColor, QImage
from PySide6.QtTest import QTest

from vcam.desktop.split_view import SplitView

pytestmark = pytest.mark.usefixtures("app")

BEFORE = np.full((90, 160, 3), (40, 40, 200), np.uint8)
AFTER = np.full((90, 160, 3), (200, 40, 40), np.uint8)
RED, BLUE = QColor(200, 40, 40), QColor(40, 40, 200)


@pytest.fixture
def view() -> Generator[SplitView]:
    view = SplitView()
    view.resize(640, 360)
    view.show_pair(BEFORE, AFTER)
    view.show()
    yield view
    view.close()


def at(view: SplitView, x: int, y: int = 300) -> QColor:
    return view.grab().toImage().pixelColor(x, y)


def test_left_of_the_line_is_before_and_right_of_it_after(view: SplitView) -> None:
    assert (at(view, 310), at(view, 330)) == (RED, BLUE)


def test_the_line_follows_the_mouse(view: SplitView) -> None:
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(320, 180))
    QTest.mouseMove(view, QPoint(480, 180))
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(480, 180))

    assert view.share == pytest.approx(0.75, abs=0.01)
    assert (at(view, 470), at(view, 490)) == (RED, BLUE)


@pytest.mark.parametrize(
    ("key", "share"),
    [
        (Qt.Key.Key_Right, 0.52),
        (Qt.Key.Key_Left, 0.48),
        (Qt.Key.Key_PageUp, 0.6),
        (Qt.Key.Key_Home, 0.0),
        (Qt.Key.Key_End, 1.0),
    ],
)
def test_the_line_follows_the_keys(view: SplitView, key: Qt.Key, share: float) -> None:
    QTest.keyClick(view, key)

    assert view.share == pytest.approx(share)


def test_a_double_click_puts_the_line_back(view: SplitView) -> None:
    view.share = 0.9
    QTest.mouseDClick(view, Qt.MouseButton.LeftButton, pos=QPoint(100, 100))

    assert view.share == 0.5


def test_a_picture_of_another_shape_is_not_distorted(view: SplitView) -> None:
    square = np.full((100, 100, 3), 255, np.uint8)
    view.show_pair(square, square)

    place = view.picture_rect()

    assert (place.width(), place.height()) == (360, 360)
    assert place.center() == view.rect().center()


def test_a_message_takes_the_place_of_the_picture(view: SplitView) -> None:
    view.show_message("The camera is closed.")

    assert RED not in (at(view, 310), at(view, 100))


@pytest.mark.parametrize("columns", [61, 160, 1280])
def test_any_width_of_picture_is_drawn_straight(view: SplitView, columns: int) -> None:
    """Rows of a picture whose width is no multiple of four must not slant."""
    image = np.zeros((columns * 9 // 16, columns, 3), np.uint8)
    image[:, : columns // 4] = 255
    view.show_pair(image, image)
    view.share = 1.0

    drawn: QImage = view.grab().toImage()

    edges = [
        next(x for x in range(20, 640) if drawn.pixelColor(x, y).lightness() < 128) for y in (60, 180, 300)
    ]
    assert max(edges) - min(edges) <= 1
    assert edges[0] == pytest.approx(160, abs=8)


def test_a_screen_reader_hears_a_named_slider(view: SplitView) -> None:
    heard = QAccessible.queryAccessibleInterface(view)

    assert heard.role() == QAccessible.Role.Slider
    assert "what others see" in heard.text(QAccessible.Text.Name)


def test_focus_is_visible(view: SplitView, until: Callable[..., Any]) -> None:
    plain = view.grab().toImage()
    view.activateWindow()
    view.setFocus()
    until(view.hasFocus)

    assert view.grab().toImage() != plain
