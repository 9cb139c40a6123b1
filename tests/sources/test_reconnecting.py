import logging
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.sources.contract import FrameSourceContract
from vcam.errors import SourceStalled, SourceUnavailable
from vcam.sources.reconnecting import Expected, ReconnectingSource
from vcam.stages import FrameSource
from vcam.types import Frame

WAIT_S = 10.0


class ScriptedSource:
    """Delivers so many frames, then stalls, or ends when ``finite``."""

    fps = 30.0

    def __init__(self, frames: int, size: tuple[int, int] = (4, 2), finite: bool = False) -> None:
        self.size = size
        self.closed = 0
        self._left = frames
        self._finite = finite

    def read(self) -> Frame | None:
        if self._left == 0 and self._finite:
            return None
        if self._left == 0:
            raise SourceStalled("camera 0 stopped")
        self._left -= 1
        width, height = self.size
        return Frame(0, time.perf_counter(), np.zeros((height, width, 3), np.uint8))

    def close(self) -> None:
        self.closed += 1


def opening(*outcomes: ScriptedSource | SourceUnavailable) -> Callable[[], ScriptedSource]:
    script: Iterator[ScriptedSource | SourceUnavailable] = iter(outcomes)

    def open_next() -> ScriptedSource:
        outcome = next(script)
        if isinstance(outcome, SourceUnavailable):
            raise outcome
        return outcome

    return open_next


def reconnecting(*outcomes: ScriptedSource | SourceUnavailable) -> ReconnectingSource:
    return ReconnectingSource(opening(*outcomes), first_wait_s=0.001, longest_wait_s=0.002)


class TestReconnecting(FrameSourceContract):
    @pytest.fixture
    def source(self) -> Iterator[FrameSource]:
        source = reconnecting(ScriptedSource(1), ScriptedSource(1), ScriptedSource(1))
        yield source
        source.close()


def test_frames_are_numbered_on_across_a_loss():
    source = reconnecting(ScriptedSource(2), SourceUnavailable("not there"), ScriptedSource(2, finite=True))
    frames = [source.read() for _ in range(4)]
    assert [frame.index for frame in frames if frame] == [0, 1, 2, 3]


def test_the_time_of_capture_is_kept():
    taken = []

    class Remembering(ScriptedSource):
        def read(self) -> Frame | None:
            taken.append(super().read())
            return taken[-1]

    frame = reconnecting(Remembering(1)).read()
    assert frame is not None
    assert frame.captured_at == taken[0].captured_at


def test_the_lost_source_is_closed_before_the_next_is_opened():
    first, second = ScriptedSource(1), ScriptedSource(1)
    source = reconnecting(first, second)
    source.read()
    source.read()
    assert (first.closed, second.closed) == (1, 0)


def test_the_size_is_that_of_the_source_that_came_back():
    source = reconnecting(ScriptedSource(0), ScriptedSource(1, size=(8, 6)))
    assert source.size == (4, 2)
    source.read()
    assert source.size == (8, 6)


def test_a_loss_and_a_return_are_each_logged_once(caplog):
    missing = [SourceUnavailable("not there")] * 5
    source = reconnecting(ScriptedSource(0), *missing, ScriptedSource(1))
    with caplog.at_level(logging.INFO):
        source.read()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "camera 0 stopped" in caplog.messages[0]
    assert "is back" in caplog.messages[1]


def test_the_end_of_a_file_is_not_a_loss():
    source = reconnecting(ScriptedSource(1, finite=True))
    assert source.read() is not None
    assert source.read() is None


def test_a_source_that_never_opened_is_an_error_at_once():
    with pytest.raises(SourceUnavailable, match="not there"):
        reconnecting(SourceUnavailable("not there"))


def test_closing_ends_a_read_that_waits_for_a_camera():
    tried = threading.Event()
    first = ScriptedSource(0)
    answers = []

    def open_source() -> ScriptedSource:
        if not first.closed:
            return first
        tried.set()
        raise SourceUnavailable("not there")

    source = ReconnectingSource(open_source, first_wait_s=0.001, longest_wait_s=WAIT_S)
    reader = threading.Thread(target=lambda: answers.append(source.read()))
    reader.start()
    assert tried.wait(WAIT_S)
    source.close()
    reader.join(WAIT_S)
    assert answers == [None]


def test_a_read_at_work_closes_the_source_on_its_way_out():
    entered, go_on = threading.Event(), threading.Event()

    class SlowSource(ScriptedSource):
        def read(self) -> Frame | None:
            entered.set()
            assert go_on.wait(WAIT_S)
            assert not self.closed
            return super().read()

    slow = SlowSource(1)
    source = reconnecting(slow)
    reader = threading.Thread(target=source.read)
    reader.start()
    assert entered.wait(WAIT_S)
    source.close()
    assert slow.closed == 0
    go_on.set()
    reader.join(WAIT_S)
    assert slow.closed == 1


def test_closing_twice_is_allowed_and_reading_on_gives_none():
    source = reconnecting(ScriptedSource(1))
    source.close()
    source.close()
    assert source.read() is None


class Steady(ScriptedSource):
    """Delivers frames of its own size until it is closed; only one of a name is open at a time."""

    open_now: list[str]

    def __init__(self, name: str, open_now: list[str], size: tuple[int, int] = (4, 2)) -> None:
        super().__init__(frames=1, size=size)
        assert name not in open_now, f"{name} was opened twice"
        self._name, self.open_now = name, open_now
        open_now.append(name)

    def read(self) -> Frame | None:
        assert not self.closed, "read after close"
        self._left = 1
        return super().read()

    def close(self) -> None:
        super().close()
        self.open_now.remove(self._name)


class Reader:
    """Reads on a thread of its own, as a pipeline does."""

    def __init__(self, source: ReconnectingSource) -> None:
        self._changed = threading.Condition()
        self._frames: list[Frame] = []
        self._source = source
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while (frame := self._source.read()) is not None:
            with self._changed:
                self._frames.append(frame)
                self._changed.notify_all()

    def get(self, width: int = 4) -> Frame:
        """The next frame of this width."""
        with self._changed:
            seen = len(self._frames)
            assert self._changed.wait_for(
                lambda: [f for f in self._frames[seen:] if f.width == width], WAIT_S
            )
            return self._frames[-1]

    def end(self) -> None:
        self._source.close()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.fixture
def open_now() -> list[str]:
    return []


@pytest.fixture
def resting(open_now) -> Iterator[tuple[ReconnectingSource, Reader]]:
    """A source at rest, and who reads from it."""
    source = ReconnectingSource(lambda: Steady("a", open_now), 0.001, 0.002, expected=Expected((8, 6), 25.0))
    reader = Reader(source)
    yield source, reader
    reader.end()
    assert open_now == []


def test_at_rest_nothing_is_open_and_what_is_expected_is_known(resting, open_now):
    source, _ = resting
    assert source.resting
    assert (source.size, source.fps) == ((8, 6), 25.0)
    assert open_now == []


def test_woken_it_is_opened_by_the_read_that_waits_and_rest_closes_it_again(resting, open_now):
    source, reader = resting
    for _ in range(3):
        source.wake()
        reader.get()
        assert (source.size, open_now) == ((4, 2), ["a"])
        source.rest()
        until(lambda: open_now == [])
    assert source.resting


def test_rests_and_wakings_in_any_haste_leave_it_as_it_was_told_last(resting, open_now):
    source, reader = resting
    for _ in range(200):
        source.wake()
        source.rest()
    until(lambda: open_now == [])
    source.wake()
    reader.get()
    assert open_now == ["a"]


@pytest.mark.parametrize("beside", [True, False])
def test_an_exchange_goes_over_with_the_frames_numbered_on(resting, open_now, beside):
    source, reader = resting
    source.wake()
    before = reader.get()
    source.exchange(lambda: Steady("b" if beside else "a", open_now, (6, 4)), beside=beside)
    after = reader.get(width=6)
    assert after.index > before.index
    assert open_now == ["b" if beside else "a"]
    assert source.size == (6, 4)


@pytest.mark.parametrize("beside", [True, False])
def test_an_exchange_that_fails_leaves_the_old_one(resting, open_now, beside):
    source, reader = resting
    source.wake()
    reader.get()

    def fail() -> FrameSource:
        assert open_now == (["a"] if beside else [])
        raise SourceUnavailable("not there")

    with pytest.raises(SourceUnavailable, match="not there"):
        source.exchange(fail, beside=beside)
    reader.get()
    assert open_now == ["a"]


def test_an_exchange_at_rest_opens_nothing(resting, open_now):
    source, reader = resting
    source.exchange(lambda: Steady("b", open_now, (6, 4)), beside=True)
    assert open_now == []
    source.wake()
    reader.get(width=6)
    assert open_now == ["b"]


def test_an_exchange_ends_the_waiting_for_a_lost_source(open_now):
    source = ReconnectingSource(opening(ScriptedSource(0)), first_wait_s=60.0)
    reader = Reader(source)
    until(lambda: source._lost_at is not None)
    source.exchange(lambda: Steady("b", open_now), beside=True)
    reader.get()
    reader.end()


def test_a_rest_ends_the_waiting_for_a_lost_source_and_waking_tries_at_once(open_now):
    outcomes = opening(ScriptedSource(0), ScriptedSource(0))
    source = ReconnectingSource(lambda: outcomes() if not open_now else Steady("a", []), first_wait_s=60.0)
    reader = Reader(source)
    until(lambda: source._lost_at is not None)
    source.rest()
    open_now.append("it is back")
    source.wake()
    reader.get()
    reader.end()


def test_losses_and_openings_are_told():
    heard: list[tuple[str, str]] = []
    outcomes = opening(ScriptedSource(1), SourceUnavailable("not yet"), ScriptedSource(1, finite=True))
    source = ReconnectingSource(outcomes, 0.001, 0.002, notice=lambda *words: heard.append(words))
    assert [source.read() is None for _ in range(3)] == [False, False, True]
    assert heard == [("lost", "camera 0 stopped"), ("opened", "")]


def test_what_a_source_says_while_it_is_closed_on_purpose_is_no_loss():
    heard: list[str] = []
    reading, go_on = threading.Event(), threading.Event()

    class ClosedUnderneath(ScriptedSource):
        def read(self) -> Frame | None:
            reading.set()
            assert go_on.wait(WAIT_S)
            raise SourceStalled("closed")

    source = ReconnectingSource(
        opening(ClosedUnderneath(0)), 0.001, 0.002, notice=lambda what, _text: heard.append(what)
    )
    reader = Reader(source)
    assert reading.wait(WAIT_S)
    source.rest()
    go_on.set()
    until(lambda: not source._busy)
    reader.end()
    assert heard == []


def test_an_endless_source_waits_at_its_end_for_an_exchange(open_now):
    heard: list[str] = []
    source = ReconnectingSource(
        opening(ScriptedSource(1, finite=True)), notice=lambda _, text: heard.append(text), endless=True
    )
    reader = Reader(source)
    until(lambda: heard)
    assert heard == ["it has ended; choose another source"]
    source.exchange(lambda: Steady("b", open_now, (6, 4)), beside=True)
    reader.get(width=6)
    reader.end()
