"""Work that may block is done elsewhere, in order, and its end is told on the Qt thread."""

import logging
import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

from vcam.desktop.jobs import Jobs
from vcam.errors import VcamError

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def jobs() -> Generator[Jobs]:
    jobs = Jobs("test")
    yield jobs
    assert jobs.close(5.0)


def test_the_result_comes_back_to_the_thread_that_asked(jobs: Jobs, until: Callable[..., Any]) -> None:
    seen: list[Any] = []
    jobs.do(threading.get_ident, lambda ident: seen.extend((ident, threading.get_ident())))

    until(lambda: seen)

    assert seen[0] != threading.get_ident() == seen[1]


def test_jobs_are_done_in_order(jobs: Jobs, until: Callable[..., Any]) -> None:
    done: list[int] = []
    for number in range(20):
        jobs.do(lambda number=number: number, done.append)

    until(lambda: len(done) == 20)

    assert done == list(range(20))


def test_an_error_is_told_in_its_own_words(jobs: Jobs, until: Callable[..., Any]) -> None:
    told: list[str] = []

    def fail() -> None:
        raise VcamError("camera BRIO is not there")

    jobs.do(fail, failed=told.append)

    assert until(lambda: told) == ["camera BRIO is not there"]


def test_an_unforeseen_error_ends_neither_the_thread_nor_the_telling(
    jobs: Jobs, until: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    told: list[Any] = []
    with caplog.at_level(logging.CRITICAL, "vcam.desktop.jobs"):
        jobs.do(lambda: 1 / 0, failed=told.append)
        jobs.do(lambda: "still here", told.append)
        until(lambda: len(told) == 2)

    assert "ZeroDivisionError" in told[0]
    assert told[1] == "still here"


def test_asking_never_waits(jobs: Jobs, until: Callable[..., Any]) -> None:
    gate, done = threading.Event(), []
    jobs.do(gate.wait)
    jobs.do(lambda: None, done.append)  # returned at once, or this test would never open the gate
    gate.set()

    until(lambda: done)
