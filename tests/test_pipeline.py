import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import pytest

from vcam.corrector import Corrector
from vcam.errors import SinkError, SourceStalled
from vcam.meter import Meter
from vcam.pipeline import LivePipeline
from vcam.sender import SendingRules
from vcam.stages import FrameSink, FrameSource
from vcam.types import Correction, Frame

PATIENCE_S = 20.0
"""Far longer than anything here takes; reached only when something hangs."""
TO_A_FILE = SendingRules(
    size=(2, 2), fps=200.0, repeat=False, compare=False, pass_through_after_s=60.0, placeholder_after_s=60.0
)
TO_A_CAMERA = SendingRules(
    size=(2, 2), fps=200.0, repeat=True, compare=False, pass_through_after_s=60.0, placeholder_after_s=0.05
)


def frame(index: int) -> Frame:
    return Frame(index, time.perf_counter(), np.full((2, 2, 3), index % 256, np.uint8))


def reached(event: threading.Event) -> None:
    assert event.wait(PATIENCE_S), "a thread never got this far"


class Source:
    """Yields frames; what the generator does between them decides when."""

    size, fps = (2, 2), 30.0

    def __init__(self, frames: Iterable[Frame], on_close: Callable[[], None] = lambda: None) -> None:
        self._frames = iter(frames)
        self._on_close = on_close

    def read(self) -> Frame | None:
        return next(self._frames, None)

    def close(self) -> None:
        self._on_close()


class Sink:
    """Collects frames; ``on_send`` is called with each."""

    def __init__(self, on_send: Callable[[Frame], None] = lambda _frame: None) -> None:
        self.sent: list[Frame] = []
        self._on_send = on_send

    def send(self, frame: Frame) -> None:
        self._on_send(frame)
        self.sent.append(frame)

    def close(self) -> None: ...

    @property
    def numbers(self) -> list[int]:
        return [frame.index for frame in self.sent]


class ScriptedCorrector(Corrector):
    """Passes frames through; ``on_frame`` is called with each before it is done."""

    def __init__(self, on_frame: Callable[[Frame], None] = lambda _frame: None) -> None:
        self.seen: list[int] = []
        self._on_frame = on_frame

    def correct(self, frame: Frame) -> Correction:
        self.seen.append(frame.index)
        self._on_frame(frame)
        return Correction(frame, frame, None, None, None, "no face", {"track": 1.5})


def pipeline_of(
    source: FrameSource,
    sink: FrameSink,
    corrector: Corrector | None = None,
    rules: SendingRules = TO_A_FILE,
) -> tuple[LivePipeline, Meter]:
    meter = Meter()
    return LivePipeline(source, corrector or ScriptedCorrector(), sink, meter, rules), meter


@contextmanager
def running(pipeline: LivePipeline) -> Generator[threading.Thread]:
    thread = threading.Thread(target=pipeline.run, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        pipeline.stop()
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


def test_the_end_of_a_file_drains_and_ends_the_run():
    sink = Sink()
    pipeline, meter = pipeline_of(Source(frame(index) for index in range(50)), sink)
    pipeline.run()
    assert sink.numbers[-1] == 49
    assert all(later > earlier for earlier, later in pairwise(sink.numbers))
    assert meter.snapshot().events.get("dropped", 0) + len(sink.sent) == 50


def test_a_source_without_frames_ends_at_once():
    sink = Sink()
    pipeline_of(Source([]), sink)[0].run()
    assert sink.sent == []


def test_a_slow_reader_sees_only_the_newest_frame():
    sending, all_corrected, taken = threading.Event(), threading.Event(), threading.Semaphore(0)

    def frames() -> Iterable[Frame]:
        for index in range(20):
            yield frame(index)
            assert taken.acquire(timeout=PATIENCE_S)

    def note(seen: Frame) -> None:
        taken.release()
        if seen.index == 1:
            reached(sending)
        if seen.index == 19:
            all_corrected.set()

    def slow(_sent: Frame) -> None:
        sending.set()
        reached(all_corrected)

    sink, corrector = Sink(slow), ScriptedCorrector(note)
    pipeline, meter = pipeline_of(Source(frames()), sink, corrector)
    pipeline.run()
    assert corrector.seen == list(range(20))
    # frame 18 may still be in the slot while the last one is being corrected
    assert sink.numbers in ([0, 19], [0, 18, 19])
    assert meter.snapshot().events["dropped"] == 20 - len(sink.sent)


def test_a_slow_redirector_gets_the_newest_frame_and_the_others_are_counted():
    busy, read_all = threading.Event(), threading.Event()

    def frames() -> Iterable[Frame]:
        yield frame(0)
        reached(busy)
        for index in range(1, 30):
            yield frame(index)
        read_all.set()

    def slow(seen: Frame) -> None:
        busy.set()
        if seen.index == 0:
            reached(read_all)

    sink, corrector = Sink(), ScriptedCorrector(slow)
    pipeline, meter = pipeline_of(Source(frames()), sink, corrector)
    pipeline.run()
    assert corrector.seen == [0, 29]
    assert meter.snapshot().events["dropped"] + len(sink.sent) == 30
    assert meter.snapshot().stages["correct"].count == 2


def test_a_stalled_camera_leaves_the_picture_standing_and_then_the_placeholder():
    released, three_more = threading.Event(), threading.Event()

    def frames() -> Iterable[Frame]:
        yield frame(1)
        reached(released)

    def count(_sent: Frame) -> None:
        if len(sink.sent) >= 3 and meter.snapshot().events.get("camera away", 0) >= 3:
            three_more.set()

    sink = Sink(count)
    pipeline, meter = pipeline_of(Source(frames(), released.set), sink, rules=TO_A_CAMERA)
    with running(pipeline):
        reached(three_more)
    assert sink.numbers[0] == 1
    assert sink.sent[-1].image.max() != 1


@pytest.mark.parametrize("closes", [True, False], ids=["that a close wakes", "that nothing wakes"])
def test_stop_ends_the_run_within_two_seconds_even_in_a_blocked_read(closes, caplog):
    blocked, released = threading.Event(), threading.Event()

    def frames() -> Iterable[Frame]:
        yield frame(0)
        blocked.set()
        reached(released)

    source = Source(frames(), released.set if closes else lambda: None)
    pipeline, _ = pipeline_of(source, Sink())
    thread = threading.Thread(target=pipeline.run, daemon=True)
    with caplog.at_level(logging.WARNING, "vcam.pipeline"):
        thread.start()
        reached(blocked)
        start = time.perf_counter()
        pipeline.stop()
        thread.join(PATIENCE_S)
    spent_s = time.perf_counter() - start
    released.set()
    assert not thread.is_alive()
    assert spent_s < 2.0
    left_behind = [record.message for record in caplog.records]
    assert left_behind == ([] if closes else ["left behind, still busy in a driver: capture"])


def test_stopping_before_the_first_frame_ends_the_run():
    blocked, released = threading.Event(), threading.Event()

    def frames() -> Iterable[Frame]:
        blocked.set()
        reached(released)
        yield frame(0)

    pipeline, _ = pipeline_of(Source(frames(), released.set), sink := Sink())
    with running(pipeline):
        reached(blocked)
        pipeline.stop()
        pipeline.stop()
    assert sink.sent == []


def test_the_duration_ends_a_source_that_never_does():
    def forever() -> Iterable[Frame]:
        index = 0
        while True:
            yield frame(index)
            index += 1

    sink = Sink()
    pipeline_of(Source(forever()), sink)[0].run(duration_s=0.05)
    assert sink.sent


def test_an_error_of_the_source_ends_the_run_with_that_error():
    error = SourceStalled("camera 0 stopped")

    def frames() -> Iterable[Frame]:
        yield frame(0)
        raise error

    pipeline, _ = pipeline_of(Source(frames()), sink := Sink())
    with pytest.raises(SourceStalled) as caught:
        pipeline.run()
    assert caught.value is error
    assert sink.numbers == [0]


def test_an_error_of_the_corrector_ends_the_run_with_that_error():
    def fail(_seen: Frame) -> None:
        raise RuntimeError("thirty in a row")

    pipeline, _ = pipeline_of(Source(frame(index) for index in range(5)), Sink(), ScriptedCorrector(fail))
    with pytest.raises(RuntimeError, match="thirty in a row"):
        pipeline.run()


def test_an_error_of_the_sink_ends_the_run_with_that_error():
    def fail(_sent: Frame) -> None:
        raise SinkError("the virtual camera is gone")

    pipeline, _ = pipeline_of(Source(frame(index) for index in range(5)), Sink(fail))
    with pytest.raises(SinkError, match="the virtual camera is gone"):
        pipeline.run()


def test_no_thread_is_left_when_a_run_has_ended():
    before = set(threading.enumerate())
    pipeline_of(Source(frame(index) for index in range(5)), Sink())[0].run()
    assert set(threading.enumerate()) <= before


def test_stages_and_pass_throughs_are_metered():
    corrector = ScriptedCorrector()
    pipeline, meter = pipeline_of(Source([frame(0)]), Sink(), corrector)
    pipeline.run()
    now = meter.snapshot()
    assert now.stages["track"].p50 == 1.5
    assert now.stages["correct"].count == 1
    assert now.passed_through == {"no face": 1}
    assert now.delay is not None
    assert now.delay.count == 1


def test_sending_runs_on_the_thread_that_calls_run():
    threads = []
    pipeline_of(Source([frame(0)]), Sink(lambda _frame: threads.append(threading.current_thread())))[0].run()
    assert threads == [threading.current_thread()]


def test_a_line_is_logged_while_it_runs(caplog, monkeypatch):
    monkeypatch.setattr("vcam.pipeline._LINE_EVERY_S", 0.01)
    logged, released = threading.Event(), threading.Event()

    class Watcher(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "fps" in record.getMessage():
                logged.set()

    def frames() -> Iterable[Frame]:
        yield frame(0)
        reached(logged)

    watcher = Watcher()
    logger = logging.getLogger("vcam.pipeline")
    logger.addHandler(watcher)
    try:
        with caplog.at_level(logging.INFO, "vcam.pipeline"):
            pipeline_of(Source(frames(), released.set), Sink())[0].run()
    finally:
        logger.removeHandler(watcher)
    assert logged.is_set()
