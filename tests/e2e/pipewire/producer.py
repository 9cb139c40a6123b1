"""Sends numbered pictures to the PipeWire camera, from a thread or as a program that can be killed."""

import itertools
import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType

from tests.e2e.vm import pattern
from vcam.sinks.pipewire import PipeWireSink
from vcam.types import Frame, Image

FPS = 25


class Producer:
    """Sends from a thread until it is closed, which closes the sink; a context manager."""

    def __init__(
        self, size: tuple[int, int], first: int = 0, draw: Callable[[int], Image] | None = None
    ) -> None:
        self.sink = PipeWireSink(size, FPS)
        self.sent = 0
        self.error: Exception | None = None
        self._first = first
        self._draw = draw or (lambda number: pattern.draw(number, size))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Producer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop sending, and close the sink as the product does: after the thread that uses it."""
        self._stop.set()
        self._thread.join(20)
        assert not self._thread.is_alive(), "the sink holds its sender up"
        self.sink.close()

    def _run(self) -> None:
        try:
            for number in itertools.count(self._first):
                if self._stop.wait(1 / FPS):
                    return
                self.sink.send(Frame(number, time.perf_counter(), self._draw(number)))
                self.sent += 1
        except Exception as error:  # for the test to look at
            self.error = error


if __name__ == "__main__":
    with Producer((int(sys.argv[1]), int(sys.argv[2]))) as producer:
        print("listed", flush=True)
        threading.Event().wait()
