import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

import vcam.slot
from vcam.slot import LatestSlot, SlotClosed, SlotCounts

T = TypeVar("T")

JOIN_S = 20.0
"""Far longer than any of these threads needs; reached only when one hangs."""


class SlotMachine(RuleBasedStateMachine):
    """Any sequence of calls, against the plainest model: the waiting item, or nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.slot: LatestSlot[int] = LatestSlot()
        self.waiting: int | None = None
        self.closed = False
        self.put_items = self.taken = self.dropped = 0

    @rule()
    def put(self) -> None:
        if self.closed:
            with pytest.raises(SlotClosed):
                self.slot.put(-1)
            return
        self.put_items += 1
        self.dropped += self.waiting is not None
        self.waiting = self.put_items
        self.slot.put(self.put_items)

    @rule(timeout_s=st.sampled_from([0.0, 1e-4]))
    def take(self, timeout_s: float) -> None:
        if self.waiting is None and self.closed:
            with pytest.raises(SlotClosed):
                self.slot.take(timeout_s)
            return
        assert self.slot.take(timeout_s) == self.waiting
        self.taken += self.waiting is not None
        self.waiting = None

    @rule()
    def close(self) -> None:
        self.closed = True
        self.slot.close()

    @invariant()
    def counts_add_up(self) -> None:
        counts = self.slot.counts
        assert counts == SlotCounts(self.put_items, self.taken, self.dropped, int(self.waiting is not None))
        assert counts.put == counts.taken + counts.dropped + counts.waiting


TestAnySequenceOfCalls = SlotMachine.TestCase
TestAnySequenceOfCalls.settings = settings(deadline=None)


@pytest.fixture
def entered(monkeypatch) -> threading.Semaphore:
    """Released once by each thread that begins to wait in a slot made after this.

    A thread releases it while it holds the slot's lock and lets go of that lock only by waiting, so
    whoever then calls the slot finds the thread waiting.
    """
    signal = threading.Semaphore(0)

    class Watched(threading.Condition):
        def wait(self, timeout: float | None = None) -> bool:
            signal.release()
            return super().wait(timeout)

    monkeypatch.setattr(vcam.slot.threading, "Condition", Watched)
    return signal


def _started(*bodies: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=body, daemon=True) for body in bodies]
    for thread in threads:
        thread.start()
    return threads


def _join(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.join(JOIN_S)
    assert not [thread.name for thread in threads if thread.is_alive()]


def _take_all(slot: LatestSlot[T], seen: list[T | None]) -> None:
    """Collect items until the slot is closed: no other way leads out."""
    with suppress(SlotClosed):
        while True:
            seen.append(slot.take())


def test_a_slow_reader_sees_only_the_newest_item():
    slot: LatestSlot[int] = LatestSlot()
    for item in range(5):
        slot.put(item)
    assert slot.take() == 4
    assert slot.counts == SlotCounts(put=5, taken=1, dropped=4, waiting=0)


def test_an_item_put_before_close_is_still_handed_out_and_only_once():
    slot: LatestSlot[str] = LatestSlot()
    slot.put("last")
    slot.close()
    assert slot.take() == "last"
    with pytest.raises(SlotClosed):
        slot.take()


def test_a_refused_item_is_not_counted():
    slot: LatestSlot[str] = LatestSlot()
    slot.close()
    slot.close()
    with pytest.raises(SlotClosed):
        slot.put("late")
    assert slot.counts == SlotCounts(put=0, taken=0, dropped=0, waiting=0)


def test_when_the_time_is_up_there_is_nothing_and_nothing_is_counted():
    slot: LatestSlot[str] = LatestSlot()
    assert slot.take(timeout_s=0.0) is None
    assert slot.counts.taken == 0


def test_a_waiting_reader_gets_the_item_that_is_put(entered):
    slot: LatestSlot[str] = LatestSlot()
    got: list[str | None] = []
    threads = _started(lambda: got.append(slot.take()))
    assert entered.acquire(timeout=JOIN_S)
    slot.put("fresh")
    _join(threads)
    assert got == ["fresh"]


def test_closing_wakes_every_waiting_reader(entered):
    slot: LatestSlot[str] = LatestSlot()
    ended: list[bool] = []

    def read() -> None:
        with pytest.raises(SlotClosed):
            slot.take()
        ended.append(True)

    threads = _started(*[read] * 8)
    for _ in threads:
        assert entered.acquire(timeout=JOIN_S)
    slot.close()
    _join(threads)
    assert len(ended) == 8


def test_a_reader_on_another_thread_sees_items_in_order_and_always_the_last():
    slot: LatestSlot[int] = LatestSlot()
    seen: list[int | None] = []
    threads = _started(lambda: _take_all(slot, seen))
    for item in range(2000):
        slot.put(item)
    slot.close()
    _join(threads)
    assert seen == sorted(set(seen))
    assert seen[-1] == 1999
    counts = slot.counts
    assert (counts.put, counts.taken, counts.waiting) == (2000, len(seen), 0)
    assert counts.taken + counts.dropped == 2000


def test_with_many_writers_and_readers_no_item_comes_twice_and_the_counts_add_up():
    writers, readers, each = 4, 3, 300
    slot: LatestSlot[tuple[int, int]] = LatestSlot()
    start = threading.Barrier(writers + readers + 1)
    seen: list[tuple[int, int] | None] = []

    def write(writer: int) -> None:
        start.wait(JOIN_S)
        for number in range(each):
            slot.put((writer, number))

    def read() -> None:
        start.wait(JOIN_S)
        _take_all(slot, seen)

    reading = _started(*[read] * readers)
    writing = _started(*(lambda writer=writer: write(writer) for writer in range(writers)))
    start.wait(JOIN_S)
    while any(thread.is_alive() for thread in writing):
        counts = slot.counts
        assert counts.put == counts.taken + counts.dropped + counts.waiting
    _join(writing)
    slot.close()
    _join(reading)
    assert len(seen) == len(set(seen)) == slot.counts.taken
    assert slot.counts.taken + slot.counts.dropped == writers * each
