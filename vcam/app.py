"""The one wiring place: starts what the settings describe, with or without a desktop, ends it in order."""

import importlib
import logging
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass

from vcam.assembly import CAMERA_SINKS, build_corrector, open_once, session_parts
from vcam.config import Config
from vcam.errors import VcamError
from vcam.headless import HeadlessCommands, stopping_on_signals
from vcam.meter import Meter
from vcam.pipeline import CORRECTING, LivePipeline
from vcam.platform.instance import AlreadyRunning, CommandRefused, Instance, ask
from vcam.sender import SendingRules
from vcam.session import LiveSession
from vcam.settings_file import SettingsFile
from vcam.sinks import open_sink
from vcam.stages import FrameSink, FrameSource

__all__ = ["DesktopWish", "build_corrector", "run_live", "start_live"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DesktopWish:
    """Tray and window, where there is a desktop to show them on."""

    settings: SettingsFile
    """Where changes made in the window are kept."""
    problem: str | None = None
    """What was wrong with that file, for the window to show."""


def start_live(config: Config, duration_s: float | None, desktop: DesktopWish | None = None) -> str:
    """Live mode as the command line starts it; returns what to tell the user at its end, perhaps nothing.

    A user has one GazeCam that sends to a camera. If it runs already, it is asked to show its window, and
    this start is done; else this one answers commands until its end. ``desktop``: None for no window.

    Raises:
        VcamError: a device cannot be opened or used.
        KeyboardInterrupt: the user stopped it; everything has been closed.
    """
    if config.sink.spec not in CAMERA_SINKS:
        return run_live(config, duration_s).table()
    session = LiveSession(config, session_parts())
    try:
        if desktop is not None and _can_be_shown():
            _run_desktop(session, duration_s, desktop)
            return ""
        with _only_one(HeadlessCommands(session)):
            _run_session(session, duration_s)
        return session.meter.table()
    except AlreadyRunning:
        return _asked_to_show()


def run_live(config: Config, duration_s: float | None) -> Meter:
    """Camera in, corrected camera out, until the source ends, the time is up or the user stops it.

    Raises:
        VcamError: a device cannot be opened or used.
        KeyboardInterrupt: the user stopped it; everything has been closed.
    """
    if config.sink.spec in CAMERA_SINKS:
        session = LiveSession(config, session_parts())
        _run_session(session, duration_s)
        return session.meter
    meter = Meter(clock=time.perf_counter)
    with ExitStack() as stack:
        # models first: they take seconds, in which an open camera would only grow stale
        corrector = build_corrector(config)
        models = stack.enter_context(ExitStack())
        models.callback(corrector.close)
        source = stack.enter_context(closing(open_once(config)))
        sink = stack.enter_context(closing(_open_sink(config, source, meter)))
        pipeline = LivePipeline(source, corrector, sink, meter, _sending_rules(config, source))
        try:
            with stopping_on_signals(pipeline.stop):
                pipeline.run(duration_s)
        finally:
            if CORRECTING in pipeline.left_behind:  # models closed under a thread at work abort the process
                models.pop_all()
    return meter


def _run_session(session: LiveSession, duration_s: float | None) -> None:
    try:
        session.open()
        with stopping_on_signals(session.stop):
            session.run(duration_s)
    finally:
        session.stop()


def _run_desktop(session: LiveSession, duration_s: float | None, wish: DesktopWish) -> None:
    from vcam.desktop import run_desktop
    from vcam.desktop.remote import RemoteCommands

    remote = RemoteCommands()
    with _only_one(remote) as instance:
        run_desktop(
            session, wish.settings, instance, remote=remote, problem=wish.problem, duration_s=duration_s
        )


def _can_be_shown() -> bool:
    from vcam.desktop import missing_parts

    missing = missing_parts()
    if missing is None:
        try:
            importlib.import_module("vcam.desktop.desktop")
        except ImportError as error:  # Qt is there, and a library of the system that it needs is not
            missing = f"the tray cannot be shown: {error}"
    if missing is not None:
        _log.info("%s; going on without a window", missing)
    return missing is None


@contextmanager
def _only_one(commands: Callable[[str], str]) -> Generator[Instance | None]:
    """Be the one GazeCam of this user, and answer commands; AlreadyRunning where there is one."""
    try:
        instance = Instance.acquire(commands)
    except AlreadyRunning:
        raise
    except VcamError as error:  # commands are a convenience, the call is not
        _log.warning("%s; this GazeCam takes no commands", error)
        instance = None
    try:
        yield instance
    finally:
        if instance is not None:
            instance.close()


def _asked_to_show() -> str:
    """What a second start tells, once the first one was asked to show itself."""
    try:
        return f"GazeCam is running already. {ask('preview')}"
    except CommandRefused as refusal:
        return f"GazeCam is running already. {refusal}"


def _open_sink(config: Config, source: FrameSource, meter: Meter) -> FrameSink:
    def none_here() -> FrameSink:
        raise VcamError("a camera is opened by its session")

    overlay = meter.line if config.sink.overlay else None
    return open_sink(config.sink.spec, fps=source.fps, open_virtual=none_here, overlay=overlay)


def _sending_rules(config: Config, source: FrameSource) -> SendingRules:
    sink = config.sink
    # nobody mistakes a file or window made of the demo for a camera, and its point is the difference
    compare = sink.compare == "on" or (sink.compare == "auto" and config.source.spec == "demo")
    return SendingRules(
        source.size,
        source.fps,
        repeat=sink.spec == "preview",
        compare=compare,
        pass_through_after_s=sink.pass_through_after_s,
        placeholder_after_s=sink.placeholder_after_s,
    )
