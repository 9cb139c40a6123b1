import json
import threading
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vcam.meter import CORRECTION, TRACKING, Meter


class Clock:
    """Time that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def _run(meter: Meter, frames: int, fps: float, delay_ms: float = 20.0) -> None:
    for index in range(frames):
        meter.delivered(index / fps, index / fps + delay_ms / 1000.0)


def test_percentiles_are_those_of_the_recorded_values():
    meter = Meter(window=101)
    for ms in range(101):
        meter.record("gaze", ms)
    spread = meter.snapshot().stages["gaze"]
    assert (spread.count, spread.p50, spread.p95, spread.p99, spread.max) == (101, 50.0, 95.0, 99.0, 100.0)


def test_percentiles_forget_what_left_the_window_and_the_count_does_not():
    meter = Meter(window=10)
    for ms in [1000.0] * 50 + [2.0] * 10:
        meter.record("gaze", ms)
    spread = meter.snapshot().stages["gaze"]
    assert (spread.count, spread.p50, spread.max) == (60, 2.0, 2.0)


@settings(deadline=None)
@given(values=st.lists(st.integers(0, 10**6), min_size=1, max_size=60), window=st.integers(1, 40))
def test_percentiles_are_ordered_and_lie_among_the_values_of_the_window(values, window):
    meter = Meter(window)
    for ms in values:
        meter.record("gaze", ms)
    spread, kept = meter.snapshot().stages["gaze"], values[-window:]
    assert min(kept) <= spread.p50 <= spread.p95 <= spread.p99 <= spread.max == max(kept)
    assert spread.count == len(values)


def test_stages_keep_the_order_in_which_they_first_ran():
    meter = Meter()
    for stage in ("track", "gaze", "redirect", "gaze", "track"):
        meter.record(stage, 1.0)
    assert list(meter.snapshot().stages) == ["track", "gaze", "redirect"]


def test_added_delay_runs_from_capture_to_the_end_of_send():
    meter = Meter()
    meter.delivered(captured_at=10.0, sent_at=10.025)
    delay = meter.snapshot().delay
    assert delay is not None
    assert delay.p50 == pytest.approx(25.0)


def test_nothing_measured_yet_is_said_as_such():
    meter = Meter()
    now = meter.snapshot()
    assert (now.stages, now.delay, now.fps, now.ratio, now.totals) == ({}, None, 0.0, None, "")
    assert meter.line() == "0.0 fps"
    assert meter.table().splitlines() == [
        "stage, ms    count      p50      p95      p99      max",
    ]


def test_the_rate_is_that_of_the_deliveries():
    clock = Clock()
    meter = Meter(window=60, clock=clock)
    _run(meter, frames=301, fps=30.0)
    clock.now_s = 300 / 30.0 + 0.020
    assert meter.snapshot().fps == pytest.approx(30.0)


def test_the_rate_falls_while_nothing_is_delivered():
    clock = Clock()
    meter = Meter(clock=clock)
    _run(meter, frames=31, fps=30.0)
    clock.now_s = 10.020
    assert meter.snapshot().fps == pytest.approx(3.0)


def test_deliveries_at_one_instant_have_no_rate():
    meter = Meter(clock=Clock())
    meter.delivered(0.0, 0.0)
    meter.delivered(0.0, 0.0)
    assert meter.snapshot().fps == 0.0


def test_the_ratio_compares_the_medians_of_correction_and_tracking():
    meter = Meter()
    for ms in (4.0, 5.0, 60.0):
        meter.record(TRACKING, ms)
        meter.record(CORRECTION, ms * 1.5)
    assert meter.snapshot().ratio == pytest.approx(1.5)


@pytest.mark.parametrize("stages", [{TRACKING: 1.0}, {CORRECTION: 1.0}, {TRACKING: 0.0, CORRECTION: 1.0}])
def test_there_is_no_ratio_without_both_medians(stages):
    meter = Meter()
    for stage, ms in stages.items():
        meter.record(stage, ms)
    assert meter.snapshot().ratio is None


def test_drops_and_pass_throughs_are_totals_with_the_commonest_reason_first():
    meter = Meter()
    meter.count("dropped")
    meter.count("dropped", 2)
    for reason in ["no face"] + ["eyes closed"] * 2:
        meter.passed_through(reason)
    now = meter.snapshot()
    assert now.events == {"dropped": 3}
    assert list(now.passed_through.items()) == [("eyes closed", 2), ("no face", 1)]
    assert now.totals == "dropped 3; passed through 3 (eyes closed 2, no face 1)"


def test_the_line_holds_rate_delay_medians_and_totals():
    clock = Clock()
    meter = Meter(clock=clock)
    _run(meter, frames=31, fps=30.0, delay_ms=20.0)
    clock.now_s = 1.020
    meter.record(TRACKING, 5.04)
    meter.record(CORRECTION, 7.5)
    meter.count("dropped", 3)
    assert meter.line() == "30.0 fps; delay p50 20.0 p99 20.0 ms; track 5.0 correct 7.5 ms; dropped 3"


def test_the_table_is_aligned_and_ends_with_ratio_and_totals():
    clock = Clock()
    meter = Meter(clock=clock)
    _run(meter, frames=31, fps=30.0, delay_ms=120.0)
    clock.now_s = 1.120
    meter.record(TRACKING, 5.0)
    meter.record(CORRECTION, 7.0)
    meter.passed_through("no face")
    assert meter.table().splitlines() == [
        "stage, ms      count      p50      p95      p99      max",
        "track              1     5.00     5.00     5.00     5.00",
        "correct            1     7.00     7.00     7.00     7.00",
        "added delay       31   120.00   120.00   120.00   120.00",
        "whole correction / tracking alone: 1.40 (medians)",
        "30.0 fps; passed through 1 (no face 1)",
    ]


def test_a_snapshot_survives_json():
    meter = Meter()
    meter.record(TRACKING, 5.0)
    meter.delivered(1.0, 1.02)
    meter.passed_through("no face")
    assert json.loads(json.dumps(asdict(meter.snapshot())))["stages"]["track"]["count"] == 1


def test_a_snapshot_does_not_change_with_the_meter():
    meter = Meter()
    meter.count("dropped")
    before = meter.snapshot()
    meter.count("dropped")
    meter.record(TRACKING, 1.0)
    assert before.events == {"dropped": 1}
    assert before.stages == {}


@pytest.mark.parametrize("ms", [-0.001, float("nan"), float("inf")])
def test_an_impossible_duration_is_refused_and_leaves_no_trace(ms):
    meter = Meter()
    with pytest.raises(ValueError, match="gaze: expected a duration of 0 ms or more"):
        meter.record("gaze", ms)
    assert meter.snapshot().stages == {}


def test_a_delivery_before_its_capture_is_refused():
    with pytest.raises(ValueError, match="added delay: expected a duration of 0 ms or more, got -1000"):
        Meter().delivered(captured_at=2.0, sent_at=1.0)


def test_a_window_without_room_is_refused():
    with pytest.raises(ValueError, match="window of at least 1 value, got 0"):
        Meter(window=0)


def test_no_record_is_lost_between_threads():
    meter, threads, each = Meter(window=8), 4, 500
    start = threading.Barrier(threads + 1)

    def work() -> None:
        start.wait()
        for _ in range(each):
            meter.record("gaze", 1.0)
            meter.count("dropped")
            meter.passed_through("no face")
            meter.delivered(0.0, 0.001)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    start.wait()
    while any(worker.is_alive() for worker in workers):
        meter.snapshot()
    now = meter.snapshot()
    assert now.delay is not None
    counts = [now.stages["gaze"].count, now.delay.count, now.events["dropped"], now.passed_through["no face"]]
    assert counts == [threads * each] * 4


def test_after_a_pause_the_rate_is_that_of_what_comes_then():
    now = 0.0
    meter = Meter(clock=lambda: now)
    for index in range(10):
        now = index / 10
        meter.delivered(now, now)
    meter.pause()
    assert meter.snapshot().fps == 0.0
    for index in range(11):
        now = 3600.0 + index / 20
        meter.delivered(now - 0.01, now)
    assert meter.snapshot().fps == pytest.approx(20.0)


def test_a_pause_keeps_the_delay_and_the_totals():
    meter = Meter(clock=lambda: 1.0)
    meter.delivered(0.99, 1.0)
    meter.count("dropped")
    meter.pause()
    now = meter.snapshot()
    assert now.delay is not None
    assert now.delay.count == 1
    assert now.events == {"dropped": 1}
