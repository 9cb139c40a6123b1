"""Where there is no desktop the program says why; where the screen is fine, so is the picture."""

import os
import subprocess
import sys

import pytest

from tests.desktop.conftest import no_qt
from vcam.desktop import missing_parts

# one picture column per pixel of a screen with two pixels per point: all must survive
STRIPES = """
import numpy as np
from PySide6.QtWidgets import QApplication
app = QApplication([])
from vcam.desktop.split_view import SplitView
view = SplitView()
view.resize(320, 180)
frame = np.zeros((360, 640, 3), np.uint8)
frame[:, ::2] = 255
view.show_pair(frame, frame)
view.share = 1.0
drawn = view.grab().toImage()
print(view.devicePixelRatioF(), drawn.width(), drawn.height())
print([drawn.pixelColor(x, 300).lightness() for x in range(200, 206)])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a desktop")
def test_without_a_display_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)

    assert missing_parts() == "the tray needs a desktop, and neither DISPLAY nor WAYLAND_DISPLAY is set"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a desktop")
def test_a_display_that_does_not_answer_is_named_instead_of_aborting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", ":4711")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)

    assert ":4711" in (missing_parts() or "")


@pytest.mark.usefixtures("app")
def test_with_a_display_nothing_is_missing() -> None:
    assert missing_parts() is None


def test_two_pixels_per_point_show_twice_the_detail() -> None:
    if (reason := no_qt()) is not None:
        pytest.skip(reason)
    done = subprocess.run(
        [sys.executable, "-c", STRIPES],
        env={**os.environ, "QT_SCALE_FACTOR": "2"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    facts, columns = done.stdout.splitlines()

    assert facts.split() == ["2.0", "640", "360"]
    assert columns == "[255, 0, 255, 0, 255, 0]"
