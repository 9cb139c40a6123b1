import threading

import pytest

from vcam.errors import SourceStalled
from vcam.slot import LatestSlot, SlotClosed
from vcam.worker import Worker

JOIN_S = 20.0
"""Far longer than any of these threads needs; reached only when one hangs."""


def _finished(body, on_exit=lambda: None) -> Worker:
    worker = Worker("capture", body, on_exit)
    worker.start()
    assert worker.join(JOIN_S)
    return worker


def _raising(error: BaseException):
    def body() -> None:
        raise error

    return body


def test_the_body_runs_once_on_a_daemon_thread_of_that_name():
    seen = []
    worker = _finished(lambda: seen.append(threading.current_thread()))
    (thread,) = seen
    assert thread is not threading.current_thread()
    assert (thread.name, thread.daemon, worker.name) == ("capture", True, "capture")


@pytest.mark.parametrize(
    "error", [SourceStalled("gone"), ValueError("bad"), SystemExit(3), KeyboardInterrupt()]
)
def test_what_ended_the_body_is_kept_and_raised_on_the_callers_thread(error):
    worker = _finished(_raising(error))
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            worker.raise_error()
        assert caught.value is error


def test_a_body_that_ends_leaves_nothing_to_raise():
    _finished(lambda: None).raise_error()


def test_a_closed_slot_is_a_normal_end():
    slot: LatestSlot[int] = LatestSlot()
    worker = Worker("correct", slot.take, slot.close)
    worker.start()
    slot.close()
    assert worker.join(JOIN_S)
    worker.raise_error()


def test_a_worker_that_has_not_run_has_nothing_to_raise_and_is_not_alive():
    worker = Worker("capture", lambda: None, lambda: None)
    assert not worker.alive
    worker.raise_error()


@pytest.mark.parametrize(
    "body", [lambda: None, _raising(SlotClosed()), _raising(ValueError()), _raising(SystemExit())]
)
def test_on_exit_runs_once_on_the_thread_after_the_body_whatever_ended_it(body):
    order = []

    def noted() -> None:
        order.append(("body", threading.current_thread().name))
        body()

    _finished(noted, lambda: order.append(("exit", threading.current_thread().name)))
    assert order == [("body", "capture"), ("exit", "capture")]


def test_the_error_is_known_by_the_time_on_exit_runs():
    known = []

    def look() -> None:
        with pytest.raises(SourceStalled):
            worker.raise_error()
        known.append(True)

    worker = Worker("capture", _raising(SourceStalled("gone")), look)
    worker.start()
    assert worker.join(JOIN_S)
    assert known == [True]


def test_join_says_whether_the_body_has_ended():
    release = threading.Event()
    worker = Worker("send", release.wait, lambda: None)
    worker.start()
    assert worker.join(timeout_s=0.0) is False
    assert worker.alive
    release.set()
    assert worker.join(JOIN_S) is True
    assert not worker.alive


def test_one_that_fails_ends_the_next_through_the_slot_between_them():
    slot: LatestSlot[int] = LatestSlot()
    taken = []

    def capture() -> None:
        slot.put(1)
        raise SourceStalled("camera 0 stopped")

    def send() -> None:
        while True:
            taken.append(slot.take())

    workers = [Worker("capture", capture, slot.close), Worker("send", send, lambda: None)]
    for worker in workers:
        worker.start()
    assert all(worker.join(JOIN_S) for worker in workers)
    assert taken == [1]
    workers[1].raise_error()
    with pytest.raises(SourceStalled, match="camera 0 stopped"):
        workers[0].raise_error()
