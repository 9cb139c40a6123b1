"""Work that may block, kept off the Qt thread: one thread does it in order, the result comes by signal."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from vcam.errors import VcamError

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Jobs(QObject):
    """Does one job after the other; ``done`` and ``failed`` of a job are called on the thread that made this.

    The thread is a daemon: a job that hangs in a driver does not keep the program from ending.
    """

    _finished = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._finished.connect(self._call, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def do(
        self,
        job: Callable[[], T],
        done: Callable[[T], None] | None = None,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """Queue a job; ``failed`` gets the message of an error meant for users, or of an unforeseen one."""

        def run() -> None:
            try:
                result = job()
            except VcamError as error:
                self._report(failed, str(error))
            except Exception as error:  # the window must live on, and say so
                _log.exception("unforeseen")
                self._report(failed, f"unforeseen: {type(error).__name__}: {error}; the log has the details")
            else:
                self._report(done, result)

        self._queue.put(run)

    def close(self, timeout_s: float) -> bool:
        """Do what is queued, then end; False when that takes longer."""
        self._queue.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _report(self, callback: Callable[[Any], None] | None, value: object) -> None:
        if callback is not None:
            self._finished.emit(lambda: callback(value))

    def _work(self) -> None:
        while (run := self._queue.get()) is not None:
            run()

    @Slot(object)
    def _call(self, report: Callable[[], None]) -> None:
        report()
