import os
import sys
from collections.abc import Iterator

import numpy as np
import pygame
import pytest

from tests.sinks.contract import FrameSinkContract, gray_frame
from vcam.errors import SinkUnavailable
from vcam.sinks import open_sink
from vcam.sinks.preview import PreviewSink, WindowClosed, draw_text
from vcam.stages import FrameSink
from vcam.types import Frame

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="displays are named on Linux")


@pytest.fixture(scope="module")
def display() -> None:
    try:
        PreviewSink().close()
    except SinkUnavailable as error:
        pytest.skip(f"needs a display: {error}")


@pytest.mark.usefixtures("display")
class TestPreview(FrameSinkContract):
    @pytest.fixture
    def sink(self) -> Iterator[FrameSink]:
        sink = PreviewSink(lambda: "26 ms\n0 dropped")
        yield sink
        sink.close()

    def test_closing_the_window_is_a_normal_end(self, sink: FrameSink) -> None:
        sink.send(gray_frame(0))
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        with pytest.raises(WindowClosed):
            sink.send(gray_frame(1))

    @pytest.mark.parametrize("key", [pygame.K_q, pygame.K_ESCAPE])
    def test_q_and_escape_end_it(self, sink: FrameSink, key: int) -> None:
        sink.send(gray_frame(0))
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))
        with pytest.raises(WindowClosed):
            sink.send(gray_frame(1))

    def test_the_window_shows_the_frame(self) -> None:
        sink = PreviewSink()
        sink.send(Frame(0, 0.0, np.full((48, 64, 3), (10, 200, 30), np.uint8)))
        shown = pygame.display.get_surface()
        assert shown is not None
        assert shown.get_at((32, 24))[:3] == (30, 200, 10)
        sink.close()


@linux_only
@pytest.mark.parametrize("display", [None, ":9876"])
def test_without_a_display_that_answers_it_says_so(
    monkeypatch: pytest.MonkeyPatch, display: str | None
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    if display:
        monkeypatch.setenv("DISPLAY", display)
    with pytest.raises(SinkUnavailable, match="no display here"):
        PreviewSink()


@pytest.mark.skipif("DISPLAY" not in os.environ, reason="needs a display: DISPLAY is unset")
def test_preview_opens_a_window() -> None:
    sink = open_sink("preview", fps=30, open_virtual=PreviewSink, overlay=lambda: "hello")
    assert isinstance(sink, PreviewSink)
    sink.close()


def test_text_is_drawn_on_a_copy() -> None:
    frame = gray_frame(0, (320, 120))
    drawn = draw_text(frame.image, "p95 31 ms\nno face")
    assert (frame.image == 90).all()
    first, second, below = drawn[:27], drawn[30:50], drawn[60:]
    assert (first == 255).any()
    assert (second == 255).any()
    assert np.array_equal(below, frame.image[60:])
