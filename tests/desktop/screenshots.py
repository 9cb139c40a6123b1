"""Pictures of the desktop as it really runs, for the docs and for looking at closely.

    python -m tests.desktop.screenshots OUT

Needs xvfb, openbox, trayer, dbus and xdotool. The picture is the demo's, corrected by the models that ship.
"""

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from Xlib.display import Display

from tests.desktop.live import Viewers, demo_session
from vcam.calibration_store import CalibrationStore
from vcam.desktop.desktop import Desktop
from vcam.session import Activity, LiveSession
from vcam.settings_file import SettingsFile
from vcam.types import Correction

SCREEN = (1360, 900)
_GROUND = 0x55677A
LOOKS = (("light", 1), ("dark", 1), ("light", 2), ("dark", 2))
_SHOWN_DEG = 8.0
"""The moment that is shown: the eyes look at least so far from the lens."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.desktop.screenshots", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--inside", nargs=2, metavar=("THEME", "SCALE"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.inside:
        take(args.out, args.inside[0], int(args.inside[1]))
        return
    for theme, scale in LOOKS:
        width, height = (scale * side for side in SCREEN)
        command = ["xvfb-run", "-a", "-s", f"-screen 0 {width}x{height}x24", "dbus-run-session", "--"]
        command += [
            sys.executable,
            "-m",
            "tests.desktop.screenshots",
            str(args.out),
            "--inside",
            theme,
            str(scale),
        ]
        subprocess.run(command, check=True, env={**os.environ, "QT_SCALE_FACTOR": str(scale)})


def take(out: Path, theme: str, scale: int) -> None:
    """All pictures of one theme at one scale, on the display that is there."""
    suffix = f"-{theme}" + ("@2x" if scale == 2 else "")
    with tempfile.TemporaryDirectory() as folder, panel(scale):
        desktop, session = opened(Path(folder), theme)
        try:
            shoot(desktop, session, lambda name: out / f"{name}{suffix}.png")
        finally:
            desktop.close()
            session.stop()


@contextmanager
def panel(scale: int) -> Generator[None]:
    """A window manager and a tray at the top right."""
    commands = [["openbox"], ["trayer", "--edge", "top", "--align", "right", "--widthtype", "request"]]
    commands[1] += [
        "--height",
        str(28 * scale),
        "--transparent",
        "true",
        "--alpha",
        "0",
        "--tint",
        "0x2b2f36",
    ]
    root = Display().screen().root
    root.change_attributes(background_pixel=_GROUND)
    root.clear_area()
    root.display.flush()
    running = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for command in commands]
    try:
        yield
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(10)


def opened(folder: Path, theme: str) -> tuple[Desktop, LiveSession]:
    (folder / "settings.toml").write_text(f'[source]\nspec = "demo"\n[desktop]\ntheme = "{theme}"\n')
    os.environ["XDG_CONFIG_HOME"] = str(folder)
    file = SettingsFile(folder / "settings.toml")
    app = QApplication(["gazecam"])
    session = demo_session(file.load(), Viewers(), folder)
    desktop = Desktop(app, session, file, calibrations=CalibrationStore(folder / "calibrations.json"))
    app.setQuitOnLastWindowClosed(False)
    session.start()
    return desktop, session


def shoot(desktop: Desktop, session: LiveSession, path: Callable[[str], Path]) -> None:
    window = desktop.window
    wait(desktop.tray.hosted)
    desktop.presence.open()
    window.move(120, 140)
    wait(lambda: session.status().activity is Activity.LIVE, 60)
    QTest.qWait(2000)  # figures settle
    wait(lambda: telling(session.newest()) and window.status.texts[0] == "Eye contact is on", 60)
    QTest.qWait(40)
    save(window, path("window"))
    screen_with_menu(desktop, path("tray"))
    session.controls.change(mode="off")
    wait(lambda: window.status.texts[0] == "Eye contact is off")
    window.modes.button("off").setFocus(Qt.FocusReason.TabFocusReason)
    QTest.qWait(100)
    save(window, path("window-off"))
    session.controls.change(mode="call")
    wait(lambda: window.status.texts[0] != "Eye contact is off")
    window.settings_changed.emit({"source.spec": "camera:Logitech BRIO"})
    wait(lambda: window.notice.text)
    QTest.qWait(100)
    save(window, path("window-refused"))
    window.notice.clear()
    settings(desktop, path)
    desktop.dialogs.open_calibration()
    QTest.qWait(500)
    save(desktop.dialogs.calibration, path("calibration"))
    desktop.dialogs.calibration.reject()


def telling(newest: Correction | None) -> bool:
    """Whether a picture shows what GazeCam is for: eyes well off the lens, corrected in full."""
    if newest is None or newest.redirection is None:
        return False
    eyes = newest.redirection.left, newest.redirection.right
    offsets = [
        math.hypot(eye.source.pitch - eye.target.pitch, eye.source.yaw - eye.target.yaw) for eye in eyes
    ]
    return min(eye.strength for eye in eyes) > 0.99 and math.degrees(min(offsets)) > _SHOWN_DEG


def screen_with_menu(desktop: Desktop, path: Path) -> None:
    """The corner of the screen with the tray, its menu open."""
    desktop.window.hide()
    screen = QGuiApplication.primaryScreen()
    icon, ratio = desktop.tray.icon.geometry(), desktop.window.devicePixelRatioF()
    # low on the icon, so that the menu leaves it in view
    at = QPoint(icon.left() + icon.width() // 2, icon.top() + 3 * icon.height() // 4) * ratio
    subprocess.run(["xdotool", "mousemove", str(at.x()), str(at.y()), "click", "3"], check=True)
    wait(desktop.menu.isVisible)
    QTest.qWait(300)
    corner = QRect(screen.geometry().width() - 300, 0, 300, 340)
    screen.grabWindow(0, corner.x(), corner.y(), corner.width(), corner.height()).save(str(path))
    print(path, flush=True)
    desktop.menu.close()
    desktop.presence.open()
    QTest.qWait(200)


def settings(desktop: Desktop, path: Callable[[str], Path]) -> None:
    desktop.dialogs.open_settings()
    dialog = desktop.dialogs.settings
    assert dialog is not None
    for number in range(dialog.pages.count()):
        dialog.pages.setCurrentRow(number)
        QTest.qWait(100)
        save(dialog, path(f"settings-{dialog.pages.item(number).text().lower()}"))
    editor = dialog.rows["policy.gaze_full_deg"].editor
    assert isinstance(editor, QLineEdit)
    editor.setText("75")
    dialog.accept()
    QTest.qWait(100)
    save(dialog, path("settings-wrong"))
    dialog.reject()


def save(widget: QWidget | None, path: Path) -> None:
    assert widget is not None
    widget.grab().save(str(path))
    print(path, flush=True)


def wait(what: Callable[[], object], timeout_s: float = 20.0) -> None:
    until = time.monotonic() + timeout_s
    while not what():
        assert time.monotonic() < until, "the desktop did not come to what is to be shown"
        QTest.qWait(10)


if __name__ == "__main__":
    main()
