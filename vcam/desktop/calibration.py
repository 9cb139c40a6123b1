"""The guided calibration: 20 seconds of looking at the lens, a face and the corners of the screen."""

import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QLayout, QStackedLayout, QWidget

from vcam.calibration import (
    STEPS,
    Calibration,
    CalibrationError,
    Observation,
    Step,
    described,
    fit,
    lens_misses_deg,
    observation,
)
from vcam.calibration_store import CalibrationStore, CalibrationStoreError
from vcam.desktop.calibration_board import CalibrationBoard
from vcam.desktop.calibration_canvas import CalibrationCanvas
from vcam.desktop.calibration_guide import Guide
from vcam.desktop.calibration_page import CalibrationPage
from vcam.desktop.calibration_recorder import Recorder
from vcam.desktop.calibration_targets import screen_of
from vcam.desktop.calibration_words import account, made_on
from vcam.session import Activity, LiveSession

_TICK_MS = 16
_GONE_S = 0.7
"""Eyes that were not seen for this long are gone."""
_SETTLED_S = 2.0
"""The estimator learns a person's eyes in this time, and is measured after it."""
_EXPLAINED: tuple[str, ...] = (
    "For 20 seconds, look where you are asked to: into the lens of your camera, at a face, and at a dot in "
    "each corner of this screen.",
    "Keep your eyes there until the ring is full. You may blink and turn your head. Sit as you do in a call.",
)


def run_calibration(session: LiveSession, store: CalibrationStore, camera_name: str) -> int:
    """Show the guided calibration alone until it is kept or left; the exit code, 0 when one is in use.

    The session runs already and stays the caller's. Call it on the main thread.
    """
    from vcam.desktop.theme_switch import ThemeSwitch

    app = QApplication.instance() or QApplication(["gazecam"])
    assert isinstance(app, QApplication)
    app.setApplicationDisplayName("GazeCam")
    ThemeSwitch(app)
    window = CalibrationWindow(session, store, camera_name)
    window.showFullScreen()
    code = window.exec()
    return 0 if code == QDialog.DialogCode.Accepted else 1


class CalibrationWindow(QDialog):
    """Fills the screen; ``finished`` tells when it is done: accepted if a calibration was kept or undone.

    While it is open the session estimates without calibration; afterwards it has the one that holds.
    """

    def __init__(
        self,
        session: LiveSession,
        store: CalibrationStore,
        camera_name: str,
        parent: QWidget | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Begin on the page that explains; show it with ``showFullScreen``."""
        super().__init__(parent)
        self.setWindowTitle("GazeCam calibration")
        self._session, self._store, self._camera, self._clock = session, store, camera_name, clock
        self._stored, self._store_problem = self._load()
        self._result: Calibration | None = None
        self._guide: Guide | None = None
        self._looks: dict[Step, list[Observation]] = {}
        self._track_id: int | None = None
        self._first_seen_s = self._seen_s = -math.inf
        self._begins = False
        self._canvas = CalibrationCanvas()
        self._stack = QStackedLayout(self)
        self._stack.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # never larger than the screen
        self._stack.addWidget(self._canvas)
        self._recorder = Recorder(session, clock)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.tick)
        self._timer.start(_TICK_MS)
        self.finished.connect(self._leave)
        self._welcome()

    @property
    def page(self) -> QWidget:
        """What is shown: a ``CalibrationPage``, or the canvas while the person looks at targets."""
        shown = self._stack.currentWidget()
        assert shown is not None
        return shown

    def tick(self) -> None:
        """Take the frames that have come, and show what holds now; the timer calls it."""
        if not self._camera_is_ours():
            self.reject()
            return
        now = self._clock()
        for at_s, correction in self._recorder.taken():
            if correction.track is None or correction.gaze is None:
                continue
            if correction.track.track_id != self._track_id or at_s - self._seen_s > _GONE_S:
                self._track_id, self._first_seen_s = correction.track.track_id, at_s
            self._seen_s = at_s
            moment = self._guide and self._guide.at(at_s)
            if moment is not None:
                seen = observation(moment.step, moment.since_s, correction.track, correction.gaze)
                self._looks.setdefault(moment.step, []).append(seen)
        if self._guide is None:
            self._say_whether_seen(now)
        elif self._guide.over(now):
            self._finish()
        elif (moment := self._guide.at(now)) is not None:
            self._canvas.show_moment(moment, len(self._guide.steps))

    def _welcome(self) -> None:
        sentences = list(_EXPLAINED)
        buttons = [("Start", lambda: self._run(STEPS)), ("Not now", self.reject)]
        if self._store_problem is not None:
            sentences.append(self._store_problem)
        elif self._stored is not None:
            sentences.append(f"{self._camera} was calibrated on {made_on(self._stored)}.")
        if self._store.can_undo(self._camera):
            buttons.insert(1, ("Undo the last calibration", self._undo))
        self._show(CalibrationPage(f"Calibrate GazeCam for {self._camera}", sentences, buttons), begins=True)

    def _run(self, steps: Sequence[Step]) -> None:
        """Ask for these steps; what was seen in others is kept."""
        for step in steps:
            self._looks.pop(step, None)
        self._recorder.measure()
        self._guide = Guide(steps, self._clock())
        self._stack.setCurrentWidget(self._canvas)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self._canvas.setFocus()
        self.tick()

    def _finish(self) -> None:
        self._guide = None
        self.unsetCursor()
        looks = [look for step in STEPS for look in self._looks.get(step, [])]
        try:
            made_at = datetime.now(UTC).isoformat(timespec="seconds")
            self._result = fit(looks, screen_of(self.size(), self.screen()), made_at)
            before, now = lens_misses_deg(looks)
        except CalibrationError as error:
            self._fail(error)
            return
        self._recorder.show(self._result)
        page = CalibrationPage(
            "This is what was found",
            account(self._result),
            [("Keep", self._keep), ("Redo", lambda: self._run(STEPS)), ("Discard", self.reject)],
            CalibrationBoard(before.tolist(), now.tolist()),
        )
        self._show(page)

    def _fail(self, error: CalibrationError) -> None:
        again = "Start again"
        if len(error.steps) == 1:
            again = f"Look at {described(error.steps[0])} again"
        elif len(error.steps) < len(STEPS):
            again = "Do the corners again"
        buttons: list[tuple[str, Callable[[], None]]] = [(again, lambda: self._run(error.steps))]
        if len(error.steps) < len(STEPS):
            buttons.append(("Start over", lambda: self._run(STEPS)))
        buttons.append(("Leave", self.reject))
        self._show(CalibrationPage("That did not work yet", [str(error)], buttons), begins=True)

    def _keep(self) -> None:
        assert self._result is not None
        try:
            self._store.save(self._camera, self._result)
        except CalibrationStoreError as error:
            self._show_again(str(error))
            return
        self._stored = self._result
        sentences = [f"GazeCam uses it from now on whenever {self._camera} is the camera."]
        buttons = [("Done", self.accept), ("Undo", self._undo)]
        self._show(CalibrationPage("Kept", sentences, buttons))

    def _undo(self) -> None:
        try:
            self._stored = self._store.undo(self._camera)
        except CalibrationStoreError as error:
            self._show_again(str(error))
            return
        self._recorder.show(self._stored)
        before = "without a calibration, as before the first one"
        if self._stored is not None:
            before = f"with the calibration of {made_on(self._stored)}"
        sentences = [f"{self._camera} is used {before}."]
        self._show(
            CalibrationPage("Undone", sentences, [("Done", self.accept), ("Take that back", self._undo)])
        )

    def _show(self, page: CalibrationPage, *, begins: bool = False) -> None:
        """Go to a page; if its first button ``begins`` a run, that takes eyes that are seen."""
        shown, self._begins = self.page, begins
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
        if isinstance(shown, CalibrationPage):
            self._stack.removeWidget(shown)
            shown.deleteLater()
        page.buttons[0].setDefault(True)
        page.buttons[0].setFocus()

    def _show_again(self, note: str) -> None:
        page = self.page
        if isinstance(page, CalibrationPage):
            page.note.setText(note)

    def _say_whether_seen(self, now: float) -> None:
        page = self.page
        if not self._begins or not isinstance(page, CalibrationPage):
            return
        status = self._session.status()
        seen = now - self._seen_s < _GONE_S
        settled = seen and self._seen_s - self._first_seen_s >= _SETTLED_S
        if settled:
            note = "Your eyes are seen. Space starts, Esc leaves."
        elif seen:
            note = "Your eyes are seen. One moment…"
        elif status.activity is Activity.PROBLEM and status.reason:
            note = status.reason
        else:
            note = "Your eyes are not seen yet. Is your face in the camera's picture?"
        page.allow(settled, note)

    def _load(self) -> tuple[Calibration | None, str | None]:
        try:
            return self._store.load(self._camera), None
        except CalibrationStoreError as error:
            return None, str(error)

    def _leave(self) -> None:
        self._timer.stop()
        if self._camera_is_ours():  # another one has brought its own calibration
            self._recorder.show(self._stored)
        self._recorder.close()

    def _camera_is_ours(self) -> bool:
        return self._session.status().camera in {None, self._camera}
