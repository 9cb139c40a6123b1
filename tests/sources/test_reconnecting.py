import logging
import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.sources.contract import FrameSourceContract
from vcam.errors import SourceStalled, SourceUnavailable
from vcam.sources.reconnecting import ReconnectingSource
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
