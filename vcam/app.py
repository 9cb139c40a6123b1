"""The one wiring place: builds the stages from a Config, starts them and stops them in order."""

import logging
import signal
import time
from collections.abc import Generator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from engines import zoo_path
from vcam.compose import AlphaCompositor
from vcam.config import Config
from vcam.corrector import Corrector
from vcam.errors import ConfigError, ModelError
from vcam.eyepatches import PatchCutter
from vcam.gaze.fused import FusedGazeEstimator
from vcam.gaze.geometric import GeometricGazeEstimator
from vcam.gaze.learned import LearnedGaze
from vcam.gaze.settings import GazeSettings
from vcam.meter import Meter
from vcam.model import MODELS, Model, open_model
from vcam.pipeline import CORRECTING, LivePipeline
from vcam.platform.cameras import find_again, find_camera
from vcam.platform.virtual_camera import find_virtual_camera
from vcam.policy import LensPolicy
from vcam.redirect.cfgr import CfgrRedirector
from vcam.redirect.geometric import GeometricRedirector
from vcam.sender import SendingRules
from vcam.sinks import open_sink
from vcam.sources import open_source
from vcam.stages import EyeRedirector, FrameSink, FrameSource, GazeEstimator
from vcam.track import MeshTracker

_log = logging.getLogger(__name__)


def build_corrector(config: Config) -> Corrector:
    """The correction that the settings describe; loads the models.

    A learned model that is missing or does not run is replaced by geometry, which the log says once.

    Raises:
        ConfigError: the redirector asked for does not exist yet, or the backend does not work here.
    """
    cutter = PatchCutter()  # shared, so that both models see the same patches, cut once
    with ExitStack() as models:
        redirector = _redirector(config, cutter, models)
        estimator = _estimator(config, cutter, models)
        tracker = MeshTracker(config.tracking)  # takes longest, so after all that may refuse
        return Corrector(
            tracker, estimator, LensPolicy(config.policy), redirector, AlphaCompositor(), models.pop_all()
        )


def run_live(config: Config, duration_s: float | None) -> Meter:
    """Camera in, corrected camera out, until the source ends, the time is up or the user stops it.

    Raises:
        VcamError: a device cannot be opened or used.
        KeyboardInterrupt: the user stopped it; everything has been closed.
    """
    meter = Meter(clock=time.perf_counter)
    with ExitStack() as stack:
        # models first: they take seconds, in which an open camera would only grow stale
        corrector = build_corrector(config)
        models = stack.enter_context(ExitStack())
        models.callback(corrector.close)
        source = stack.enter_context(closing(_open_source(config)))
        sink = stack.enter_context(closing(_open_sink(config, source, meter)))
        pipeline = LivePipeline(source, corrector, sink, meter, _sending_rules(config, source))
        try:
            with _stopping_on_signals(pipeline):
                pipeline.run(duration_s)
        finally:
            if CORRECTING in pipeline.left_behind:  # models closed under a thread at work abort the process
                models.pop_all()
    return meter


def _redirector(config: Config, cutter: PatchCutter, models: ExitStack) -> EyeRedirector:
    match config.redirector:
        case "cfgr":
            model = _model("cfgr_live", config, models)
            return GeometricRedirector(config.redirect) if model is None else CfgrRedirector(model, cutter)
        case "geometric":
            return GeometricRedirector(config.redirect)
        case name:
            raise ConfigError(f"redirector {name!r} is not part of this version; use cfgr or geometric")


def _estimator(config: Config, cutter: PatchCutter, models: ExitStack) -> GazeEstimator:
    if config.estimator == "fused":
        model = _model("gaze_runtime", config, models)
        if model is not None:
            # the person's own offsets belong to the result, not to one of its parts
            parts = GeometricGazeEstimator(GazeSettings()), LearnedGaze(model, cutter)
            return FusedGazeEstimator(*parts, config.gaze)
    return GeometricGazeEstimator(config.gaze)


def _model(name: str, config: Config, models: ExitStack) -> Model | None:
    """A model of GazeCam's or of the user's own; None, and a word in the log, where it cannot run."""
    own = config.engine.models
    try:
        folder = Path(own) / name if own else zoo_path(name)
        model = open_model(folder, MODELS[name], config.engine.backend)
    except ModelError as error:
        _log.warning("geometry takes the place of the learned model %s: %s", name, error)
        return None
    models.callback(model.close)
    return model


def _open_source(config: Config) -> FrameSource:
    wanted = config.source

    def open_camera(name: str | None) -> FrameSource:
        from vcam.sources.reconnecting import ReconnectingSource
        from vcam.sources.webcam import Webcam

        size, chosen = (wanted.width, wanted.height), find_camera(name)
        return ReconnectingSource(lambda: Webcam(find_again(chosen).device, size, wanted.fps))

    return open_source(wanted.spec, fps=wanted.fps, open_camera=open_camera)


def _open_sink(config: Config, source: FrameSource, meter: Meter) -> FrameSink:
    def open_virtual() -> FrameSink:
        from vcam.sinks.virtual_camera import VirtualCameraSink

        device = find_virtual_camera()
        return VirtualCameraSink(device.device, device.backend, source.size, source.fps)

    overlay = meter.line if config.sink.overlay else None
    return open_sink(config.sink.spec, fps=source.fps, open_virtual=open_virtual, overlay=overlay)


def _sending_rules(config: Config, source: FrameSource) -> SendingRules:
    sink, is_demo = config.sink, config.source.spec == "demo"
    to_device = sink.spec in {"virtual", "preview"}
    # nobody mistakes a file or window made of the demo for a camera, and its point is the difference
    compare = sink.compare == "on" or (sink.compare == "auto" and is_demo and sink.spec != "virtual")
    return SendingRules(
        source.size, source.fps, to_device, compare, sink.pass_through_after_s, sink.placeholder_after_s
    )


@contextmanager
def _stopping_on_signals(pipeline: LivePipeline) -> Generator[None]:
    """SIGINT and SIGTERM stop the pipeline; KeyboardInterrupt follows once it has stopped."""
    caught: list[int] = []

    def stop(number: int, _frame: object) -> None:
        caught.append(number)
        pipeline.stop()

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, stop) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
    if caught:
        raise KeyboardInterrupt
