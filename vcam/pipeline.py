"""capture -> slot -> correct -> slot -> send: the threads of live mode."""

import logging
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol

from vcam.meter import CORRECTION, Meter
from vcam.sender import Sender, SendingRules
from vcam.slot import LatestSlot
from vcam.stages import FrameSink, FrameSource
from vcam.types import Correction, Frame
from vcam.worker import Worker

_log = logging.getLogger(__name__)

_LINE_EVERY_S = 5.0
CORRECTING = "correct"
"""Name of the thread that uses the corrector."""
_READ_S = 0.2
"""How long a read under way may take to end by itself before the source is closed under it."""
_JOIN_S = 0.8
"""How long the end waits for a thread that sits in a device driver; such threads die with the process."""


class FrameCorrector(Protocol):
    """What corrects; ``vcam.corrector.Corrector`` is one."""

    def correct(self, frame: Frame) -> Correction:
        """Correct one frame."""
        ...


class LivePipeline:
    """Threads stand at the device borders; each slot between them keeps only the newest frame.

    The caller owns source, corrector and sink. Sending runs on the thread that calls ``run``.
    """

    def __init__(
        self,
        source: FrameSource,
        corrector: FrameCorrector,
        sink: FrameSink,
        meter: Meter,
        rules: SendingRules,
    ) -> None:
        self._source = source
        self._corrector = corrector
        self._meter = meter
        self._captured: LatestSlot[Frame] = LatestSlot()
        self._corrected: LatestSlot[Correction] = LatestSlot()
        self._newest: Frame | None = None
        self._dropped = 0
        self.left_behind: list[str] = []
        """Threads that were still at work when ``run`` ended; what they use must not be closed."""
        self._sender = Sender(sink, self._corrected, lambda: self._newest, meter, rules)
        self._workers = [
            Worker("capture", self._capture, self._captured.close),
            Worker(CORRECTING, self._correct, self._corrected.close),
        ]

    def run(self, duration_s: float | None = None) -> None:
        """Run until the source ends, ``stop`` is called or the time is up.

        Raises:
            Exception: what ended a stage, a VcamError wherever the fault was foreseen.
        """
        for worker in self._workers:
            worker.start()
        try:
            with self._log_lines():
                self._sender.run(duration_s)
        finally:
            self.stop()
            if not self._workers[0].join(_READ_S):
                self._source.close()
            self.left_behind = [worker.name for worker in self._workers if not worker.join(_JOIN_S)]
            self._count_drops()
        if self.left_behind:
            _log.warning("left behind, still busy in a driver: %s", ", ".join(self.left_behind))
        for worker in self._workers:
            worker.raise_error()

    def send_by(self, rules: SendingRules) -> None:
        """Send by other rules from the next frame on; from any thread."""
        self._sender.rules = rules

    def stop(self) -> None:
        """End the run, from any thread or a signal handler; safe to call twice."""
        self._captured.close()
        self._corrected.close()

    def _capture(self) -> None:
        while (frame := self._source.read()) is not None:
            self._newest = frame
            self._captured.put(frame)

    def _correct(self) -> None:
        while (frame := self._captured.take()) is not None:
            start = time.perf_counter()
            correction = self._corrector.correct(frame)
            for stage, ms in correction.stage_ms.items():
                self._meter.record(stage, ms)
            self._meter.record(CORRECTION, (time.perf_counter() - start) * 1e3)
            if correction.reason is not None:
                self._meter.passed_through(correction.reason)
            self._corrected.put(correction)

    def _count_drops(self) -> None:
        dropped = self._captured.counts.dropped + self._corrected.counts.dropped
        if dropped > self._dropped:
            self._meter.count("dropped", dropped - self._dropped)
            self._dropped = dropped

    @contextmanager
    def _log_lines(self) -> Generator[None]:
        """One INFO line every few seconds."""
        done = threading.Event()

        def log() -> None:
            said = ""
            while not done.wait(_LINE_EVERY_S):
                self._count_drops()
                line = self._meter.line()
                if line != said:  # nothing new is to be said of a camera at rest
                    _log.info("%s", line)
                said = line

        thread = threading.Thread(target=log, name="log", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
