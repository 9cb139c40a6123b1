"""A window that shows the frames."""

import os
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np

from vcam.errors import SinkUnavailable
from vcam.slot import SlotClosed
from vcam.types import Frame, Image

_TITLE = "GazeCam"
_LARGEST_WINDOW = (1280, 720)
_LINE_PX = 22
_WINDOWLESS = {"dummy", "offscreen"}


class WindowClosed(SlotClosed):
    """The user closed the preview: the normal end, as when a slot closes."""


class PreviewSink:
    """Shows frames in a window named GazeCam, opened with the first one.

    macOS allows windows on the main thread only; elsewhere one thread must make and use the sink.
    """

    def __init__(self, overlay: Callable[[], str] | None = None) -> None:
        """``overlay`` is asked once a frame for lines of text to draw in the corner.

        Raises:
            SinkUnavailable: there is no display.
        """
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        import pygame

        self._pygame: Any = pygame
        self._overlay = overlay
        self._window: Any = None
        self._closed = False
        try:
            pygame.display.init()
        except pygame.error as error:
            raise SinkUnavailable(_no_display(str(error))) from error
        # without a display SDL takes a driver that draws nowhere, and says nothing
        if pygame.display.get_driver() in _WINDOWLESS:
            pygame.display.quit()
            raise SinkUnavailable(_no_display("none answers"))

    def send(self, frame: Frame) -> None:
        """Show one frame.

        Raises:
            WindowClosed: the user pressed q or Esc, or closed the window, or ``close`` was called.
            SinkUnavailable: the window could not be opened.
        """
        if self._closed:
            raise WindowClosed
        image = draw_text(frame.image, self._overlay()) if self._overlay else frame.image
        try:
            self._show(image)
        except self._pygame.error as error:
            raise SinkUnavailable(_no_display(str(error))) from error
        if any(self._ends(event) for event in self._pygame.event.get()):
            raise WindowClosed

    def close(self) -> None:
        """Remove the window; safe to call twice."""
        if not self._closed:
            self._pygame.display.quit()
        self._closed = True

    def _show(self, image: Image) -> None:
        pygame = self._pygame
        height, width = image.shape[:2]
        if self._window is None:
            shrink = min(1.0, _LARGEST_WINDOW[0] / width, _LARGEST_WINDOW[1] / height)
            size = max(1, round(width * shrink)), max(1, round(height * shrink))
            self._window = pygame.display.set_mode(size, pygame.RESIZABLE)
            pygame.display.set_caption(_TITLE)
        fitted = _fitted(image, self._window.get_size())
        picture = pygame.image.frombuffer(fitted.tobytes(), fitted.shape[1::-1], "BGR")
        self._window.fill((0, 0, 0))
        self._window.blit(picture, picture.get_rect(center=self._window.get_rect().center))
        pygame.display.flip()

    def _ends(self, event: Any) -> bool:
        pygame = self._pygame
        pressed_end = event.type == pygame.KEYDOWN and event.key in {pygame.K_q, pygame.K_ESCAPE}
        return event.type == pygame.QUIT or pressed_end


def draw_text(image: Image, text: str) -> Image:
    """A copy of ``image`` (H, W, 3) with ``text`` (lines; ASCII) in its upper left corner."""
    drawn = np.array(image)
    for row, line in enumerate(text.splitlines(), start=1):
        at = (8, row * _LINE_PX)
        # dark under light reads on any background
        for color, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(drawn, line, at, cv2.FONT_HERSHEY_SIMPLEX, 0.55, color, thickness, cv2.LINE_AA)
    return drawn


def _fitted(image: Image, size: tuple[int, int]) -> Image:
    """The image scaled to fit into ``size`` (width, height), its shape kept."""
    height, width = image.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    if scale == 1.0:
        return image
    target = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, target, interpolation=cv2.INTER_AREA), np.uint8)


def _no_display(reason: str) -> str:
    return (
        f"preview: no display here ({reason}); start from a desktop session, or record with --sink FILE.mp4"
    )
