"""One run of live mode: source, correction and output at work until somebody ends it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from vcam.config import Config
from vcam.errors import SourceError
from vcam.meter import Meter
from vcam.pipeline import CORRECTING, LivePipeline
from vcam.sender import SendingRules
from vcam.session.correction import LiveCorrection
from vcam.session.demand import Demand
from vcam.session.journal import Journal
from vcam.session.output import LiveOutput
from vcam.session.parts import Output, SessionParts, SourcePlan
from vcam.sources.reconnecting import Expected, ReconnectingSource

_END_S = 0.3


@dataclass(frozen=True, slots=True)
class Lasting:
    """What outlives a run."""

    parts: SessionParts
    correction: LiveCorrection
    journal: Journal
    meter: Meter
    watched: Callable[[], bool]
    """Whether somebody wants the camera who does not read the output."""


class Run:
    """The threads of one run, and what they work on."""

    def __init__(self, config: Config, plan: SourcePlan, lasting: Lasting, *, patient: bool) -> None:
        """Open a source that may not rest; the output is opened by ``open_output``, or for the first frame.

        ``patient``: what does not open is tried again, and the end of a video is no end.

        Raises:
            SourceError: the source does not open, and the run is not patient.

        """
        self.plan = plan
        self._config = config
        self._lasting = lasting
        self._calibrate()
        self._judging = threading.Lock()
        self.working = False
        """Whether ``work`` is called, which closes everything itself; set by who calls it."""
        expected = Expected(plan.size, plan.fps) if patient or self._may_rest else None
        self.source = ReconnectingSource(
            plan.open, expected=expected, notice=self._source_notice, endless=patient
        )
        self.size, self._fps = self.source.size, self.source.fps
        self._output = LiveOutput(self._open_output, self._output_notice)
        self._demand = Demand(self._output, self._after_a_look)
        self._pipeline = LivePipeline(
            self.source, lasting.correction, self._output, lasting.meter, self._rules()
        )

    @property
    def output(self) -> str:
        """Name of what frames go to; empty while that is closed."""
        return self._output.name

    @property
    def readers(self) -> int | None:
        """Programs that read the output; None where the system does not tell."""
        return self._demand.readers

    def open_output(self) -> None:
        """Open it now.

        Raises:
            VcamError: it does not open.

        """
        self._output.open()

    def work(self, duration_s: float | None) -> None:
        """Send on this thread until ``stop``, the end of the source or the time is up; then close all.

        Raises:
            Exception: what ended a stage, none of those that are waited out.

        """
        try:
            self._demand.look()
            self.judge()
            self._demand.start()
            self._pipeline.run(duration_s)
        finally:
            self.close()

    def stop(self) -> None:
        """End ``work``; from any thread or a signal handler, safe to call twice."""
        self._pipeline.stop()

    def close(self) -> None:
        """Release everything, leaving the neutral picture; for the thread that works, if one ever did."""
        self.source.close()
        self._output.close()
        self._demand.end(_END_S)
        self._lasting.correction.close(at_work=CORRECTING in self._pipeline.left_behind)

    def judge(self) -> None:
        """Open or close the camera by whether anybody wants it; never blocks for long."""
        with self._judging:
            wanted = not self._may_rest or self._demand.reading or self._lasting.watched()
            if wanted == self.source.resting:
                self._lasting.meter.pause()
                self._lasting.correction.newest = None
                self.source.wake() if wanted else self.source.rest()

    def change(self, config: Config, plan: SourcePlan) -> None:
        """Go over to other settings and, where ``plan`` is another one, to its source.

        Raises:
            SourceError: it does not open; everything goes on as before.

        """
        if plan is not self.plan:
            self.source.exchange(plan.open, beside=plan.name != self.plan.name)
            self.plan = plan
            self._calibrate()
            self._lasting.journal.right("camera", f"The picture comes from {plan.name} now.", "camera back")
        self._config = config
        self._pipeline.send_by(self._rules())
        self.judge()

    @property
    def _may_rest(self) -> bool:
        return self.plan.rests and self._config.sink.on_demand == "auto"

    def _rules(self) -> SendingRules:
        sink = self._config.sink
        return SendingRules(
            self.size,
            self._fps,
            repeat=True,
            compare=sink.compare == "on",
            pass_through_after_s=sink.pass_through_after_s,
            placeholder_after_s=sink.placeholder_after_s,
            at_rest=lambda: self.source.resting,
        )

    def _calibrate(self) -> None:
        self._lasting.correction.calibrate(self._lasting.parts.stored_calibration(self.plan.name))

    def _open_output(self) -> Output:
        return self._lasting.parts.open_output(self._config, self.size, self._fps)

    def _after_a_look(self) -> None:
        self.judge()
        if self.source.resting and self._lasting.journal.is_wrong("camera"):
            try:  # it is not opened to see whether it is back
                self._welcome(self._lasting.parts.find_source(self._config))
            except SourceError:
                return

    def _source_notice(self, what: str, text: str) -> None:
        if what == "lost":
            self._lasting.journal.wrong("camera", text, "camera lost")
        else:
            self._welcome(self.plan if self.plan.found else self._lasting.parts.find_source(self._config))

    def _welcome(self, plan: SourcePlan) -> None:
        """The source is there, for the first time or again."""
        if not self.plan.found:
            self.plan = plan
            self._calibrate()
        self._lasting.journal.right("camera", f"{self.plan.name} is back.", "camera back")

    def _output_notice(self, problem: str | None) -> None:
        if problem is not None:
            self._lasting.journal.wrong("output", problem)
        else:
            self._lasting.journal.right("output", f"Frames go to {self.output} now.")
