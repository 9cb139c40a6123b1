from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from vcam.meter import Meter
from vcam.sender import Sender, SendingRules, placeholder
from vcam.slot import LatestSlot
from vcam.types import Correction, Frame, Image

SIZE = (32, 18)
CAMERA_RULES = SendingRules(
    size=SIZE, fps=1000.0, repeat=True, compare=False, pass_through_after_s=0.3, placeholder_after_s=2.0
)
"""The wait for a frame is real time, and this makes it short; all that is measured is the clock's."""


def picture(level: int, size: tuple[int, int] = SIZE) -> Image:
    return np.full((size[1], size[0], 3), level, np.uint8)


def correction(level: int = 200, index: int = 0, captured_at: float = 0.0) -> Correction:
    """A frame of half that level, corrected to that level."""
    original = Frame(index, captured_at, picture(level // 2))
    after = Frame(index, captured_at, picture(level))
    return Correction(original, after, None, None, None, None, {})


class Stage:
    """Slot, camera, clock and sink around a sender; after each frame sent, the next step is played."""

    def __init__(self, rules: SendingRules = CAMERA_RULES) -> None:
        self.now_s = 0.0
        self.camera: Frame | None = None
        self.sent: list[Frame] = []
        self.corrected: LatestSlot[Correction] = LatestSlot()
        self.meter = Meter(clock=lambda: self.now_s)
        self._steps: list[Callable[[], None]] = []
        self._sender = Sender(
            self, self.corrected, lambda: self.camera, self.meter, rules, clock=lambda: self.now_s
        )

    def send(self, frame: Frame) -> None:
        self.sent.append(frame)
        if self._steps:
            self._steps.pop(0)()
        else:
            self.corrected.close()

    def close(self) -> None: ...

    def play(self, *steps: Callable[[], None], until_s: float | None = None) -> list[Frame]:
        """Run until the steps are over; the slot is closed after one more frame."""
        self._steps = list(steps)
        self._sender.run(until_s)
        return self.sent

    def wait(self, seconds: float) -> None:
        self.now_s += seconds

    def capture(self, level: int) -> None:
        """The camera takes a frame now."""
        self.camera = Frame(0, self.now_s, picture(level))

    def levels(self) -> list[int]:
        return [int(frame.image[0, 0, 0]) for frame in self.sent]

    @property
    def events(self) -> dict[str, int]:
        return self.meter.snapshot().events


def test_each_corrected_frame_is_sent_as_it_is():
    stage = Stage()
    items = [correction(100, 0), correction(110, 1), correction(120, 2)]
    stage.corrected.put(items[0])
    stage.play(lambda: stage.corrected.put(items[1]), lambda: stage.corrected.put(items[2]))
    assert stage.sent == [item.frame for item in items]
    assert stage.events == {}


def test_the_delay_is_from_capture_to_the_end_of_send():
    stage = Stage()
    stage.now_s = 5.0
    stage.corrected.put(correction(captured_at=4.9))
    stage.play(lambda: stage.wait(0.02))
    delay = stage.meter.snapshot().delay
    assert delay is not None
    assert delay.count == 1
    assert delay.p50 == pytest.approx(120.0)


def test_a_short_silence_repeats_the_last_frame_with_the_time_of_sending():
    stage = Stage()
    stage.corrected.put(correction(200))
    stage.capture(50)
    stage.play(lambda: stage.wait(0.1), lambda: stage.wait(0.1))
    assert stage.levels() == [200, 200, 200]
    assert [frame.captured_at for frame in stage.sent] == pytest.approx([0.0, 0.1, 0.2])
    assert stage.events == {"repeated": 2}


def test_a_corrector_that_falls_silent_is_replaced_by_the_cameras_own_frame():
    stage = Stage()

    def later() -> None:
        stage.wait(0.4)
        stage.capture(50)

    stage.corrected.put(correction(200))
    stage.play(later)
    assert stage.levels() == [200, 50]
    assert stage.events == {"correction late": 1}


def test_while_the_corrector_is_silent_the_picture_stays_fluent():
    stage = Stage()
    levels = iter(range(50, 60))

    def next_frame() -> None:
        stage.wait(0.033)
        stage.capture(next(levels))

    stage.corrected.put(correction(200))
    stage.play(lambda: stage.wait(0.4), next_frame, next_frame, next_frame)
    assert stage.levels()[2:] == [50, 51, 52]


def test_a_corrector_that_is_back_is_shown_at_once():
    stage = Stage()

    def late() -> None:
        stage.wait(0.4)
        stage.capture(50)

    stage.corrected.put(correction(200))
    stage.play(late, lambda: stage.corrected.put(correction(210)))
    assert stage.levels() == [200, 50, 210]


def test_a_camera_that_falls_silent_is_replaced_by_the_placeholder():
    stage = Stage()
    stage.capture(50)
    stage.corrected.put(correction(200))
    stage.play(lambda: stage.wait(2.1), lambda: stage.wait(0.1))
    assert (stage.sent[1].image == placeholder(*SIZE)).all()
    assert (stage.sent[2].image == placeholder(*SIZE)).all()
    assert stage.events == {"camera away": 2}


def test_a_camera_that_is_back_ends_the_placeholder():
    stage = Stage()
    stage.capture(50)
    stage.corrected.put(correction(200))
    stage.play(lambda: stage.wait(2.1), lambda: stage.corrected.put(correction(190, captured_at=2.1)))
    assert stage.levels()[0] == 200
    assert stage.levels()[2] == 190


def test_a_sink_that_does_not_repeat_gets_each_frame_once_however_long_the_silence():
    rules = SendingRules(
        SIZE, 1000.0, repeat=False, compare=False, pass_through_after_s=0.3, placeholder_after_s=2.0
    )
    times = iter(np.arange(0.0, 20.0, 0.5).tolist())
    sent: list[Frame] = []

    class Sink:
        def send(self, frame: Frame) -> None:
            sent.append(frame)

        def close(self) -> None: ...

    slot: LatestSlot[Correction] = LatestSlot()
    only = correction()
    slot.put(only)
    meter = Meter(clock=lambda: 0.0)
    Sender(Sink(), slot, lambda: None, meter, rules, clock=lambda: next(times)).run(until_s=10.0)
    assert sent == [only.frame]
    assert meter.snapshot().events == {}


def test_nothing_is_sent_before_the_first_frame():
    stage = Stage()
    stage.corrected.close()
    assert stage.play() == []


def test_the_time_to_run_counts_from_the_first_frame():
    stage = Stage()
    stage.now_s = 100.0

    def next_frame() -> None:
        stage.wait(0.1)
        stage.corrected.put(correction(captured_at=stage.now_s))

    stage.corrected.put(correction(captured_at=100.0))
    stage.play(*[next_frame] * 9, until_s=0.45)
    assert len(stage.sent) == 6  # the first takes 0.1 s to send, and then the time begins


def test_an_error_of_the_sink_ends_the_run():
    stage = Stage()

    def fail() -> None:
        raise OSError("gone")

    stage.corrected.put(correction())
    with pytest.raises(OSError, match="gone"):
        stage.play(fail)


def test_before_and_after_are_sent_beside_each_other():
    rules = SendingRules(
        SIZE, 1000.0, repeat=True, compare=True, pass_through_after_s=0.3, placeholder_after_s=2.0
    )
    stage = Stage(rules)
    stage.corrected.put(correction(200))
    (frame,) = stage.play()
    assert (frame.width, frame.height) == (2 * SIZE[0], SIZE[1])
    assert (frame.image[:, : SIZE[0]] == 100).all()
    assert (frame.image[:, SIZE[0] :] == 200).all()


def test_what_stands_in_for_a_comparison_has_the_same_size():
    rules = SendingRules(
        SIZE, 1000.0, repeat=True, compare=True, pass_through_after_s=0.3, placeholder_after_s=2.0
    )
    stage = Stage(rules)

    def late() -> None:
        stage.wait(0.4)
        stage.capture(50)

    stage.corrected.put(correction(200))
    stage.play(lambda: stage.wait(0.1), late, lambda: stage.wait(3.0))
    assert {(frame.width, frame.height) for frame in stage.sent} == {(2 * SIZE[0], SIZE[1])}


class Resting(Stage):
    """A stage whose camera is closed on purpose when told so; each second is over at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("vcam.sender._REST_S", 0.001)
        self.at_rest = False
        super().__init__(replace(CAMERA_RULES, at_rest=lambda: self.at_rest))

    def rest(self) -> None:
        self.at_rest = True


def test_a_camera_closed_on_purpose_is_at_once_replaced_by_the_placeholder(monkeypatch):
    stage = Resting(monkeypatch)
    stage.capture(50)
    stage.corrected.put(correction(200))
    stage.play(stage.rest, lambda: None)
    assert stage.levels()[0] == 200
    assert all((frame.image == placeholder(*SIZE)).all() for frame in stage.sent[1:])
    assert len(stage.sent) == 3
    assert stage.events == {}


def test_a_frame_that_comes_after_the_camera_was_closed_is_dropped_and_counted(monkeypatch):
    stage = Resting(monkeypatch)
    stage.at_rest = True
    stage.corrected.put(correction(200))
    stage.play()
    assert (stage.sent[0].image == placeholder(*SIZE)).all()
    assert stage.events == {"dropped": 1}


def test_the_first_frame_after_a_rest_is_sent_at_once(monkeypatch):
    monkeypatch.setattr("vcam.sender._REST_S", 60.0)
    stage = Resting(monkeypatch)
    monkeypatch.setattr("vcam.sender._REST_S", 60.0)
    stage.at_rest = True

    def wake() -> None:
        stage.at_rest = False
        stage.corrected.put(correction(210))

    stage.play(wake)
    assert stage.levels()[1] == 210


def test_a_rest_does_not_outlast_the_time_to_run(monkeypatch):
    stage = Resting(monkeypatch)
    stage.at_rest = True
    stage.play(*[lambda: stage.wait(0.1)] * 20, until_s=0.45)
    assert 5 <= len(stage.sent) <= 7


def test_rules_may_change_while_it_sends():
    stage = Stage()
    stage.capture(50)
    stage.corrected.put(correction(200))

    def change() -> None:
        stage.wait(0.5)
        stage._sender.rules = replace(CAMERA_RULES, pass_through_after_s=10.0)

    stage.play(change)
    assert stage.levels() == [200, 200]


@pytest.mark.parametrize("size", [(1280, 720), (640, 480), (720, 1280), (16, 16), (1, 1)])
def test_the_placeholder_fits_any_size_and_is_calm(size):
    image = placeholder(*size)
    assert image.shape == (size[1], size[0], 3)
    assert image.max() <= 180


def test_the_placeholder_says_something():
    assert len(np.unique(placeholder(1280, 720))) > 5
