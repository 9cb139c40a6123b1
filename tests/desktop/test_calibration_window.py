"""The calibration's window with a simulated person in front of it, and a clock that the test turns."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from tests.desktop.lent_session import Follower, LentSession, WindowDesk
from tests.sitter import Sitter
from vcam.calibration import STEPS, Calibration
from vcam.calibration_store import CalibrationStore
from vcam.desktop.calibration import CalibrationWindow, run_calibration
from vcam.desktop.calibration_canvas import CalibrationCanvas
from vcam.desktop.calibration_guide import LASTS_S, Guide, Moment, request
from vcam.desktop.calibration_page import CalibrationPage
from vcam.desktop.calibration_targets import place, screen_of
from vcam.desktop.calibration_words import account
from vcam.session import Activity, SessionStatus

CAMERA = "Logitech BRIO"
FPS = 15
OLD = Calibration(1.0, 2.0, 1.0, 1.0, -9.0, 0.0, "2026-11-20T08:00:00+00:00", 400, 0.6)


class Seat:
    """A person, a window, and a clock."""

    def __init__(self, store: CalibrationStore, px: tuple[int, int] = (1280, 720)) -> None:
        self.now = 100.0
        self.session = LentSession()
        self.store = store
        self.window = CalibrationWindow(self.session, store, CAMERA, clock=lambda: self.now)  # type: ignore[arg-type]
        self.window.resize(*px)
        self.window.show()
        self.sitter = Sitter(WindowDesk(px=px), fault_deg=(-4.0, 2.0), stretch=(1.3, 1.0))
        self.person = Follower(self.session, self.sitter)

    @property
    def page(self) -> CalibrationPage:
        page = self.window.page
        assert isinstance(page, CalibrationPage)
        return page

    @property
    def running(self) -> bool:
        return isinstance(self.window.page, CalibrationCanvas)

    def wait(self) -> None:
        """A while in which the person is seen."""
        for _ in range(3 * FPS):
            self.now += 1 / FPS
            self.person.look("face")
        self.window.tick()

    def press(self, key: Qt.Key) -> None:
        QTest.keyClick(self.window.focusWidget() or self.window, key)

    def click(self, text: str) -> None:
        (button,) = [button for button in self.page.buttons if button.text() == text]
        button.click()

    def follow(self) -> list[str]:
        """Do what is asked until the run is over; the steps."""
        asked: list[str] = []
        guide = self.window._guide
        assert guide is not None
        while self.running:
            self.now += 1 / FPS
            moment = guide.at(self.now)
            if moment is not None:
                asked += [moment.step] if moment.step not in asked else []
                late = moment.since_s < 0.3 and moment.before is not None
                self.person.look(moment.before if late else moment.step)
            assert self.session.calibration is None, "measured with a calibration in use"
            self.window.tick()
        return asked


@pytest.fixture
def store(tmp_path: Path) -> CalibrationStore:
    return CalibrationStore(tmp_path / "calibrations.json")


@pytest.fixture
def sit(app: Any, store: CalibrationStore) -> Iterator[Callable[[], Seat]]:  # noqa: ARG001  # Qt must be there
    seats: list[Seat] = []

    def take() -> Seat:
        seats.append(Seat(store))
        return seats[-1]

    yield take
    for seat in seats:
        seat.window.close()
        seat.window.deleteLater()


@pytest.fixture
def seat(sit: Callable[[], Seat]) -> Seat:
    return sit()


def test_from_start_to_kept_by_keyboard_alone(seat, store):
    seat.wait()
    seat.press(Qt.Key.Key_Space)
    assert seat.running
    assert seat.follow() == list(STEPS)
    assert seat.page.title == "This is what was found"
    found = seat.session.calibration
    assert found is not None, "the result is shown in use"
    assert store.load(CAMERA) is None, "nothing is stored before the person keeps it"
    seat.press(Qt.Key.Key_Return)
    assert seat.page.title == "Kept"
    assert store.load(CAMERA) == found
    seat.press(Qt.Key.Key_Return)
    assert seat.window.result() == QDialog.DialogCode.Accepted
    assert seat.session.calibration == found
    assert seat.session.callbacks == []


def test_the_persons_own_offset_and_scale_are_found(seat):
    seat.wait()
    seat.click("Start")
    seat.follow()
    found = seat.session.calibration
    assert (found.pitch_offset_deg, found.yaw_offset_deg) == pytest.approx((4.0, -2.0), abs=0.4)
    assert found.pitch_scale / found.yaw_scale == pytest.approx(1.3, abs=0.1)
    assert seat.page.sentences[1].startswith("Your look into the lens was read")


def test_a_run_takes_twenty_seconds():
    assert sum(LASTS_S.values()) == 20.0


def test_escape_leaves_at_any_time_and_everything_is_as_before(sit, store):
    store.save(CAMERA, OLD)
    seat = sit()
    seat.wait()
    seat.click("Start")
    for _ in range(40):
        seat.now += 1 / FPS
        seat.person.look("lens")
        seat.window.tick()
    assert seat.session.calibration is None
    seat.press(Qt.Key.Key_Escape)
    assert seat.window.result() == QDialog.DialogCode.Rejected
    assert not seat.window.isVisible()
    assert seat.session.calibration == OLD
    assert seat.session.callbacks == []
    assert store.load(CAMERA) == OLD


def test_nobody_starts_whose_eyes_are_not_seen(seat):
    seat.window.tick()
    assert not seat.page.buttons[0].isEnabled()
    assert "not seen yet" in seat.page.sentences[-1]
    seat.press(Qt.Key.Key_Space)
    assert not seat.running
    seat.wait()
    assert seat.window.focusWidget() is seat.page.buttons[0]
    assert seat.page.buttons[0].isDefault()
    seat.now += 5.0
    seat.window.tick()
    assert not seat.page.buttons[0].isEnabled()


def test_nobody_starts_before_the_estimator_knows_the_eyes(seat):
    seat.person.look("face")
    seat.window.tick()
    assert "One moment" in seat.page.sentences[-1]
    assert not seat.page.buttons[0].isEnabled()
    seat.wait()
    assert seat.page.buttons[0].isEnabled()


def test_what_keeps_the_camera_from_working_is_said(seat):
    seat.session.shown = SessionStatus(Activity.PROBLEM, reason="Logitech BRIO is in use by another program")
    seat.window.tick()
    assert seat.page.sentences[-1] == "Logitech BRIO is in use by another program"


def test_another_camera_ends_it_and_keeps_its_own_calibration(seat):
    seat.wait()
    seat.click("Start")
    seat.session.shown = SessionStatus(Activity.LIVE, camera="Laptop")
    seat.session.set_calibration(OLD)
    seat.window.tick()
    assert seat.window.result() == QDialog.DialogCode.Rejected
    assert not seat.window.isVisible()
    assert seat.session.calibration == OLD


@pytest.mark.parametrize("step", ["lens", "face", "top right"])
def test_who_looks_away_in_a_step_does_only_that_step_again(seat, step):
    seat.person.instead = {step: "face" if step == "lens" else "bottom left"}
    seat.wait()
    seat.click("Start")
    seat.follow()
    assert seat.page.title == "That did not work yet"
    seat.person.instead = {}
    seat.wait()
    seat.press(Qt.Key.Key_Space)
    assert seat.follow() == [step]
    assert seat.page.title == "This is what was found"


def test_who_is_not_seen_is_told_and_may_start_over(seat):
    seat.wait()
    seat.click("Start")
    seat.person.seen = False
    seat.follow()
    assert "not seen clearly while you looked at the lens" in seat.page.sentences[1]
    seat.person.seen = True
    seat.wait()
    seat.click("Start over")
    assert seat.follow() == list(STEPS)


def test_redo_measures_anew_and_forgets_the_first(seat):
    seat.wait()
    seat.click("Start")
    seat.follow()
    first = seat.session.calibration
    seat.person.sitter = replace(seat.sitter, fault_deg=(3.0, 0.0))
    seat.person._known.clear()
    seat.click("Redo")
    seat.follow()
    assert seat.session.calibration.pitch_offset_deg == pytest.approx(-3.0, abs=0.4)
    assert seat.session.calibration != first


def test_discard_puts_back_what_held_before(seat, store):
    seat.wait()
    seat.click("Start")
    seat.follow()
    seat.click("Discard")
    assert seat.session.calibration is None
    assert store.load(CAMERA) is None


def test_what_was_kept_can_be_undone_and_taken_back(sit, store):
    store.save(CAMERA, OLD)
    seat = sit()
    seat.wait()
    seat.click("Start")
    seat.follow()
    new = seat.session.calibration
    seat.click("Keep")
    seat.click("Undo")
    assert (store.load(CAMERA), seat.session.calibration) == (OLD, OLD)
    assert "20 November 2026" in seat.page.sentences[1]
    seat.click("Take that back")
    assert (store.load(CAMERA), seat.session.calibration) == (new, new)
    seat.click("Done")
    assert seat.session.calibration == new


def test_an_earlier_calibration_can_be_undone_without_a_new_one(sit, store):
    store.save(CAMERA, OLD)
    seat = sit()
    assert f"{CAMERA} was calibrated on 20 November 2026." in seat.page.sentences
    seat.click("Undo the last calibration")
    assert store.load(CAMERA) is None
    assert "without a calibration" in seat.page.sentences[1]
    seat.click("Done")
    assert seat.session.calibration is None


def test_a_damaged_store_is_said_and_a_new_calibration_is_kept(sit, store):
    store.path.write_text("{")
    seat = sit()
    assert any("is damaged" in sentence for sentence in seat.page.sentences)
    seat.wait()
    seat.click("Start")
    seat.follow()
    seat.click("Keep")
    assert store.load(CAMERA) == seat.session.calibration
    seat.click("Done")


def test_a_calibration_that_cannot_be_saved_stays_on_its_page_with_the_reason(seat, store):
    seat.wait()
    seat.click("Start")
    seat.follow()
    store.path.mkdir()
    seat.click("Keep")
    assert seat.page.title == "This is what was found"
    assert "nothing was changed" in seat.page.note.text()


@pytest.mark.usefixtures("app")
def test_switched_off_it_is_switched_on_for_the_run_and_off_again_after(store):
    session = LentSession()
    session.controls.change(mode="off")
    window = CalibrationWindow(session, store, CAMERA)  # type: ignore[arg-type]
    window.show()
    assert session.controls.state.enabled
    window.reject()
    assert not session.controls.state.enabled


def test_the_pointer_is_hidden_while_the_eyes_work(seat):
    seat.wait()
    seat.click("Start")
    assert seat.window.cursor().shape() == Qt.CursorShape.BlankCursor
    seat.follow()
    assert seat.window.cursor().shape() != Qt.CursorShape.BlankCursor


def test_alone_it_runs_until_it_is_left(app, store, until: Callable[..., Any]):
    from PySide6.QtCore import QTimer

    session = LentSession()

    def leave() -> None:
        (window,) = [w for w in app.topLevelWidgets() if isinstance(w, CalibrationWindow) and w.isVisible()]
        QTest.keyClick(window, Qt.Key.Key_Escape)

    QTimer.singleShot(50, leave)
    assert run_calibration(session, store, CAMERA) == 1  # type: ignore[arg-type]
    until(lambda: session.callbacks == [])


# --- its parts


def test_the_guide_goes_from_step_to_step_and_ends():
    guide = Guide(("lens", "face"), 10.0)
    assert guide.at(9.9) is None
    first, second = guide.at(10.0), guide.at(14.0)
    assert (first.step, first.before, first.share) == ("lens", None, 0.0)
    assert (second.step, second.before, second.number) == ("face", "lens", 1)
    assert guide.at(13.999).share == pytest.approx(1.0, abs=0.01)
    assert not guide.over(17.9)
    assert guide.over(18.0)
    assert guide.at(18.0) is None


def test_the_corners_are_where_their_names_say_and_inside():
    size = QSize(1000, 600)
    for step, middle in {"top left": (50, 50), "bottom right": (950, 550), "bottom left": (50, 550)}.items():
        assert place(step, size).toTuple() == pytest.approx(middle, abs=30)


class FakeScreen:
    def __init__(self, mm: tuple[int, int], px: tuple[int, int], ratio: float = 1.0) -> None:
        self._mm, self._px, self._ratio = QSize(*mm), QSize(*px) / ratio, ratio

    def devicePixelRatio(self) -> float:  # noqa: N802 - Qt's name
        return self._ratio

    def physicalSize(self) -> QSize:  # noqa: N802 - Qt's name
        return self._mm

    def geometry(self) -> QSize:
        return self._px


@pytest.mark.parametrize(
    ("mm", "px", "known"),
    [
        ((344, 194), (1920, 1080), True),
        ((597, 336), (2560, 1440), True),
        ((0, 0), (1920, 1080), False),
        ((160, 90), (1920, 1200), False),
        ((508, 286), (1920, 1080), False),
        ((16000, 9000), (1920, 1080), False),
    ],
    ids=["laptop", "monitor", "nothing told", "not square", "96 per inch pretended", "absurd"],
)
def test_a_screens_size_is_believed_only_where_it_can_be_true(mm, px, known):
    size = QSize(*px)
    screen = screen_of(size, FakeScreen(mm, px))  # type: ignore[arg-type]
    assert screen.size_known == known
    if known:
        left, right = screen.targets_mm["top left"][0], screen.targets_mm["top right"][0]
        inset = 2 * 0.07 * mm[1]
        assert right - left == pytest.approx(mm[0] - inset, rel=0.02)


def test_a_pretended_size_is_seen_through_on_a_screen_of_double_density():
    assert not screen_of(QSize(1280, 720), FakeScreen((677, 381), (2560, 1440), 2.0)).size_known  # type: ignore[arg-type]
    assert screen_of(QSize(1280, 720), FakeScreen((310, 174), (2560, 1440), 2.0)).size_known  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pitch_offset_deg": 3.2}, "Your look into the lens was read 3.2° too low."),
        ({"pitch_offset_deg": -3.2}, "Your look into the lens was read 3.2° too high."),
        ({"yaw_offset_deg": 2.0}, "Your look into the lens was read 2.0° too far left."),
        ({"yaw_offset_deg": -2.0}, "Your look into the lens was read 2.0° too far right."),
        ({}, "Your look into the lens was read right all along."),
        ({"pitch_scale": 1.25}, "Up and down, your eyes go 25% farther than was read."),
        ({"yaw_scale": 0.9}, "From side to side, your eyes go 10% less far than was read."),
        ({"screen_pitch_deg": -9.2}, "A face on your screen stands 9° below the lens."),
        ({"screen_yaw_deg": 12.0}, "A face on your screen stands 12° to the right of the lens."),
    ],
)
def test_what_was_found_is_said_from_the_persons_point_of_view(changes, sentence):
    plain = Calibration(0.0, 0.0, 1.0, 1.0, 0.0, 0.0, OLD.made_at, 400, 0.6)
    assert sentence in account(replace(plain, **changes))


@pytest.mark.parametrize("step", STEPS)
def test_every_step_says_what_to_do(step):
    title, detail = request(step)
    assert title
    assert detail


@pytest.mark.usefixtures("app")
def test_the_dot_is_drawn_where_the_eyes_are_measured():
    """Found in the picture itself: the ring's middle is the target that the fit is told of."""
    canvas = CalibrationCanvas()
    canvas.resize(1000, 600)
    for step in STEPS[1:]:
        canvas.show_moment(Moment(step, "lens", 1, 3.0, 1.0), 6)
        middle = ring_in(canvas.grab().toImage(), canvas.palette().accent().color().rgb())
        wanted = place(step, canvas.size())
        assert math.hypot(middle.x() - wanted.x(), middle.y() - wanted.y()) < 1.5, step


def ring_in(picture: QImage, color: int) -> QPointF:
    """Middle of everything in a color, but for the row of steps at the bottom."""
    found = [
        (x, y)
        for y in range(picture.height())
        for x in range(picture.width())
        if picture.pixel(x, y) == color and not (y > 500 and 300 < x < 700)
    ]
    xs, ys = zip(*found, strict=True)
    return QPointF((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2)
