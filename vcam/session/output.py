"""The output of a live session: opened again when it fails, so that the session outlives it."""

import logging
import threading
import time
from collections.abc import Callable

from vcam.errors import SinkError, VcamError
from vcam.session.parts import Output
from vcam.types import Frame

_log = logging.getLogger(__name__)

_RETRY_S = 2.0


class LiveOutput:
    """Sends to what ``open_output`` opens; a ``FrameSink`` that does not fail but says what is wrong.

    ``send`` and ``close`` belong to one thread, the rest to any.
    """

    def __init__(self, open_output: Callable[[], Output], notice: Callable[[str | None], None]) -> None:
        """``notice`` is told what is wrong, once, and None when it is no longer."""
        self._open_output = open_output
        self._notice = notice
        self._output: Output | None = None
        self._changed = threading.Event()
        self._retry_at = 0.0
        self._wrong = False

    def open(self) -> None:
        """Open it now.

        Raises:
            VcamError: it does not open.

        """
        self._output = self._open_output()
        self._changed.set()

    @property
    def name(self) -> str:
        """What frames go to; empty while that is closed."""
        output = self._output
        return output.name if output else ""

    def readers(self) -> int | None:
        """How many programs read; 0 while it is closed, None where the system does not tell."""
        output = self._output
        return output.readers.readers() if output else 0

    def wait(self, timeout_s: float) -> bool:
        """Block until ``readers`` is worth asking again (True), or the time is up (False)."""
        output = self._output
        if output is not None:
            return output.readers.wait(timeout_s)
        if self._changed.wait(timeout_s):
            self._changed.clear()
            return True
        return False

    def send(self, frame: Frame) -> None:
        """Deliver one frame, or try to open the output for it."""
        output = self._output or self._reopened()
        if output is None:
            return
        try:
            output.sink.send(frame)
        except SinkError as error:
            self.close()
            self._fail(error)

    def close(self) -> None:
        """Release it, and end a ``wait``; safe to call twice."""
        output, self._output = self._output, None
        if output is not None:
            output.readers.close()
            output.sink.close()
        self._changed.set()

    def _reopened(self) -> Output | None:
        if time.perf_counter() < self._retry_at:
            return None
        try:
            self.open()
        except VcamError as error:
            self._fail(error)
            return None
        if self._wrong:
            self._wrong = False
            self._notice(None)
        return self._output

    def _fail(self, error: VcamError) -> None:
        self._retry_at = time.perf_counter() + _RETRY_S
        if not self._wrong:
            self._wrong = True
            _log.warning("%s", error)
            self._notice(str(error))
