"""Live mode as an object: started, watched, changed and stopped while frames flow."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import fields, replace

from vcam.calibration import Calibration
from vcam.config import Config
from vcam.controls import Controls, ControlState
from vcam.errors import ConfigError, SourceError, VcamError
from vcam.meter import Meter
from vcam.session.correction import LiveCorrection, Observer
from vcam.session.journal import Journal
from vcam.session.parts import SessionParts, SourcePlan
from vcam.session.run import Lasting, Run
from vcam.session.status import Activity, SessionEvent, SessionStatus
from vcam.types import Correction
from vcam.worker import Worker

_log = logging.getLogger(__name__)

_AGAIN_S = 2.0
"""Pause before everything is opened anew after a fault that nobody foresaw."""
_CONTROLS = tuple(field.name for field in fields(ControlState))


class LiveSession:
    """Camera in, corrected camera out, in the background; every method may be called from any thread."""

    controls: Controls
    """On or off, the mode and the strengths; a change takes effect with the next frame."""
    config: Config
    """The settings in force, less what ``controls`` changed since; ``apply`` changes them."""
    meter: Meter
    """What it costs and loses."""

    def __init__(self, config: Config, parts: SessionParts) -> None:
        """Nothing is opened yet."""
        self.config = config
        self.controls = Controls(config.policy.controls)
        self.meter = Meter(clock=time.perf_counter)
        self._journal = Journal()
        self._correction = LiveCorrection(parts, self.controls, self._journal)
        self._lasting = Lasting(parts, self._correction, self._journal, self.meter, self._is_watched)
        self._watching = False
        self._applying = threading.Lock()
        self._lock = threading.RLock()  # reentrant: a signal may stop the thread that holds it
        self._ending = threading.Event()
        self._opening = False
        self._run: Run | None = None
        self._worker: Worker | None = None

    def start(self) -> None:
        """Begin, and return at once; what cannot be opened is tried again until it can.

        Does nothing where it runs already.
        """
        with self._lock:
            if self._worker is None or not self._worker.alive:
                self._ending.clear()
                self._worker = Worker("send", self._keep_running, lambda: None)
                self._worker.start()

    def open(self) -> None:
        """Open everything for ``run``, where what cannot be opened is an error.

        Raises:
            VcamError: source, models or output cannot be had.

        """
        parts, config = self._lasting.parts, self.config
        plan = parts.find_source(config)  # what may refuse at once comes before the models, which take long
        self._opening = True
        try:
            self._correction.exchange(self._correction.load(config), config)
            self._run = Run(config, plan, self._lasting, patient=False)
            self._run.open_output()
        except BaseException:
            self.stop()
            self._correction.close(at_work=False)
            raise
        finally:
            self._opening = False

    def run(self, duration_s: float | None = None) -> None:
        """Run on this thread until ``stop``, the end of the source or the time is up; ``open`` comes first.

        Once stopped, by ``stop`` even before, it does not run again.

        Raises:
            Exception: what ended it.

        """
        with self._lock:
            run = None if self._ending.is_set() else self._run
            if run is None:
                return
            run.working = True
        try:
            run.work(duration_s)
        finally:
            self._run = None
            self._journal.forget()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End it, leaving the neutral picture, and wait for that; safe to call twice and before a start."""
        with self._lock:
            self._ending.set()
            run, worker = self._run, self._worker
        if run is not None:
            run.stop()
            if worker is None and not run.working:
                self._run = None
                run.close()
        if worker is not None and not worker.join(timeout_s):
            _log.warning("the session is still busy in a driver")

    def status(self) -> SessionStatus:
        """What it does right now; cheap."""
        run, now = self._run, self.meter.snapshot()
        if run is None:
            begun = self._opening or (self._worker is not None and self._worker.alive)
            starting = begun and not self._ending.is_set()
            return SessionStatus(Activity.STARTING if starting else Activity.STOPPED, self._journal.problem)
        activity, reason = self._activity(run)
        return SessionStatus(
            activity,
            reason,
            camera=run.plan.name,
            size=run.size,
            fps=0.0 if run.source.resting else now.fps,
            delay_ms=now.delay.p50 if now.delay else None,
            backend=self._correction.backend,
            output=run.output,
            readers=run.readers,
        )

    def newest(self) -> Correction | None:
        """What became of the last frame; None while there is no picture."""
        run = self._run
        if run is None or run.source.resting or self._journal.is_wrong("camera"):
            return None
        return self._correction.newest

    def watch(self, on: bool) -> None:
        """Keep the camera open although no program reads, because a person looks at the preview."""
        self._watching = on
        self._judge()

    def apply(self, config: Config) -> None:
        """Go over to other settings, frames flowing; the output stays open and keeps its size.

        Takes as long as opening a camera or loading models does: not for a thread that draws windows.

        Raises:
            VcamError: it cannot be done, and everything goes on as before.

        """
        with self._applying:
            before, state = self.config, self.controls.state
            run = self._run
            if run is not None:
                self._go_over(run, before, config)
            self.config = config
            now = self.controls.state
            changed = {
                name: getattr(config.policy, name)
                for name in _CONTROLS
                if getattr(config.policy, name) != getattr(before.policy, name)
                # what the person changed meanwhile is newer
                and getattr(now, name) == getattr(state, name)
            }
            if changed:
                self.controls.change(**changed)

    def observe(self, callback: Observer) -> Callable[[], None]:
        """Call back with every correction, on the thread that corrects, so be quick; the result ends that.

        The camera is kept open meanwhile, as it is by ``watch``.
        """
        unobserve = self._correction.observe(callback)
        self._judge()

        def end() -> None:
            unobserve()
            self._judge()

        return end

    def subscribe(self, callback: Callable[[SessionEvent], None]) -> Callable[[], None]:
        """Call back with what happens, on the thread it happens on; the returned function ends that."""
        return self._journal.subscribe(callback)

    def set_calibration(self, calibration: Calibration | None) -> None:
        """Correct the estimated gaze by this from the next frame on; None: as it is without."""
        self._correction.calibrate(calibration)

    def _keep_running(self) -> None:
        while not self._ending.is_set():
            try:
                self._set_up().work(None)
            except Exception as error:  # a call is not to end for a fault that nobody foresaw
                _log.exception("live mode failed and begins anew")
                self._journal.wrong("session", f"GazeCam failed and begins anew: {error}")
                self._ending.wait(_AGAIN_S)
            finally:
                self._run = None
        self._journal.forget()

    def _set_up(self) -> Run:
        with self._applying:
            self._correction.load_in_background(self.config)
            run = Run(self.config, self._plan(), self._lasting, patient=True)
            with self._lock:
                if self._ending.is_set():
                    run.stop()
                self._run = run
        return run

    def _plan(self) -> SourcePlan:
        """The source, or what looks for it until it is there."""
        find, config = self._lasting.parts.find_source, self.config
        try:
            return find(config)
        except SourceError as error:
            self._journal.wrong("camera", str(error), "camera lost")
            wanted = config.source
            size = wanted.width, wanted.height
            return SourcePlan(
                wanted.spec, lambda: find(config).open(), size, wanted.fps, rests=True, found=False
            )

    def _go_over(self, run: Run, before: Config, config: Config) -> None:
        if config.sink.spec != before.sink.spec:
            raise ConfigError(f"sink.spec: {config.sink.spec!r} takes effect when GazeCam is started anew")
        find, correction = self._lasting.parts.find_source, self._correction
        plan = run.plan if config.source == before.source else find(config)
        anew = _correcting(config) != _correcting(before) or not correction.ready
        stages = correction.load(config) if anew else None
        try:
            run.change(config, plan)
        except VcamError:
            if stages is not None:
                stages.close()
            raise
        if stages is not None:
            correction.exchange(stages, config)

    def _activity(self, run: Run) -> tuple[Activity, str | None]:
        problem, newest = self._journal.problem, self._correction.newest
        if problem is not None:
            return Activity.PROBLEM, problem
        if run.source.resting:
            return Activity.WAITING, None
        if newest is None or not self._correction.ready:
            return Activity.STARTING, None
        if not self.controls.state.enabled:
            return Activity.OFF, None
        late_s = time.perf_counter() - newest.original.captured_at
        if late_s > self.config.sink.pass_through_after_s:
            return Activity.PASSING, "correction late"
        return (Activity.LIVE, None) if newest.reason is None else (Activity.PASSING, newest.reason)

    def _is_watched(self) -> bool:
        return self._watching or self._correction.observed

    def _judge(self) -> None:
        run = self._run
        if run is not None:
            run.judge()


def _correcting(config: Config) -> tuple[object, ...]:
    """The settings that the correction is built from, less those that ``Controls`` changes."""
    policy = replace(config.policy, **{name: getattr(ControlState(), name) for name in _CONTROLS})
    parts = config.redirector, config.estimator, config.engine
    return (*parts, config.tracking, config.gaze, config.redirect, policy)
