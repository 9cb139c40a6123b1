"""Builds each part that the settings describe: correction, source, sink, and what a live session needs."""

import logging
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from engines import zoo_path
from vcam.calibration import Calibration
from vcam.calibration_store import CalibrationStore
from vcam.compose import AlphaCompositor
from vcam.config import Config
from vcam.controls import Controls
from vcam.corrector import Corrector, PersonalEstimator, Stages
from vcam.errors import ConfigError, ModelError, VcamError
from vcam.eyepatches import PatchCutter
from vcam.gaze.fused import FusedGazeEstimator
from vcam.gaze.geometric import GeometricGazeEstimator
from vcam.gaze.learned import LearnedGaze
from vcam.gaze.settings import GazeSettings
from vcam.model import MODELS, Model, open_model
from vcam.platform.cameras import find_again, find_camera
from vcam.platform.readers import watch_readers
from vcam.platform.virtual_camera import find_virtual_camera
from vcam.policy import LensPolicy
from vcam.redirect.cfgr import CfgrRedirector
from vcam.redirect.geometric import GeometricRedirector
from vcam.session import Fallback, Output, SessionParts, SourcePlan
from vcam.sources import open_source
from vcam.sources.reconnecting import ReconnectingSource
from vcam.stages import EyeRedirector, FrameSource
from vcam.track import MeshTracker

_log = logging.getLogger(__name__)

CAMERA_SINKS = ("virtual", "pipewire")
"""Sinks that other programs read as a camera, for as long as they like."""
_GEOMETRY = "geometry alone"
_BACKENDS = {"cpu": "CPU", "cuda": "CUDA", "tensorrt": "TensorRT"}


def build_corrector(config: Config, controls: Controls | None = None) -> Corrector:
    """The correction that the settings describe; loads the models.

    A learned model that is missing or does not run is replaced by geometry, which the log says once.
    ``controls``, if given, take the place of the mode and the strengths in the settings.

    Raises:
        ConfigError: the redirector asked for does not exist yet, or the backend does not work here.
    """
    controls = controls or Controls(config.policy.controls)
    cutter = PatchCutter()  # shared, so that both models see the same patches, cut once
    with ExitStack() as models:
        learned = _Models(config, models)
        redirector = _redirector(config, cutter, learned)
        estimator = _estimator(config, cutter, learned)
        tracker = MeshTracker(config.tracking)  # takes longest, so after all that may refuse
        policy = LensPolicy(config.policy, controls)
        stages = Stages(tracker, estimator, policy, redirector, AlphaCompositor())
        return Corrector(stages, controls, models.pop_all(), learned.backend)


def session_parts(calibrations: CalibrationStore | None = None) -> SessionParts:
    """What a live session is made of; ``calibrations``: another store than the user's own."""
    store = calibrations or CalibrationStore()

    def stored(camera: str) -> Calibration | None:
        try:
            return store.load(camera)
        except VcamError as error:
            _log.warning("the calibration of %s is not used: %s", camera, error)
            return None

    return SessionParts(find_source, build_corrector, open_output, fallback, stored)


def find_source(config: Config) -> SourcePlan:
    """The source that the settings name; a camera is found and not opened.

    Raises:
        ConfigError: the name is none.
        SourceUnavailable: there is no such camera or file.

    """
    match config.source.spec.partition(":"):
        case "camera", _, name:
            return _camera(config, name or None)
        case spec, _, _:
            with closing(open_once(config)) as source:  # only its file knows its size
                size, fps = source.size, source.fps
            return SourcePlan(
                Path(spec).name, lambda: open_once(config), size, fps, rests=config.source.spec == "demo"
            )


def open_once(config: Config) -> FrameSource:
    """The source that the settings name, open; a camera comes back when it is lost.

    Raises:
        ConfigError: the name is none.
        SourceUnavailable: the camera or file cannot be opened.

    """
    wanted = config.source
    return open_source(
        wanted.spec,
        fps=wanted.fps,
        open_camera=lambda name: ReconnectingSource(_camera(config, name).open),
    )


def open_output(config: Config, size: tuple[int, int], fps: float) -> Output:
    """The virtual camera that the settings name, for pictures of (width, height) px.

    Raises:
        ConfigError: the sink is no camera.
        SinkUnavailable: it cannot be opened.

    """
    match config.sink.spec:
        case "virtual":
            from vcam.sinks.virtual_camera import VirtualCameraSink

            device = find_virtual_camera()
            sink = VirtualCameraSink(device.device, device.backend, size, fps)
            where = f" ({device.device})" if device.device != device.name else ""
            return Output(sink, device.name + where, watch_readers(device))
        case "pipewire":
            from vcam.sinks.pipewire import PipeWireSink

            camera = PipeWireSink(size, fps)
            return Output(camera, "GazeCam (PipeWire)", camera.watch())
        case spec:
            raise ConfigError(f"sink {spec!r}: expected one of {', '.join(CAMERA_SINKS)}")


def fallback(config: Config, backend: str) -> Fallback | None:
    """What is left when the correction by these settings has failed on that backend."""
    if backend not in {_BACKENDS["cpu"], _GEOMETRY}:
        on_cpu = replace(config, engine=replace(config.engine, backend="cpu"))
        return Fallback(on_cpu, "on the CPU")
    if (config.redirector, config.estimator) != ("geometric", "geometric"):
        plain = replace(config, redirector="geometric", estimator="geometric")
        return Fallback(plain, "without the learned models")
    return None


def _camera(config: Config, name: str | None) -> SourcePlan:
    from vcam.sources.webcam import Webcam

    wanted = config.source
    size, chosen = (wanted.width, wanted.height), find_camera(name)

    def open_it() -> FrameSource:
        return Webcam(find_again(chosen).device, size, wanted.fps)

    return SourcePlan(chosen.name, open_it, size, wanted.fps, rests=True)


class _Models:
    """Opens the learned models that a correction uses."""

    def __init__(self, config: Config, opened: ExitStack) -> None:
        """``opened`` closes them."""
        self._config = config
        self._opened = opened
        self._backends: dict[str, None] = {}

    @property
    def backend(self) -> str:
        """What runs them, for people to read."""
        return " and ".join(_BACKENDS.get(name, name) for name in self._backends) or _GEOMETRY

    def open(self, name: str) -> Model | None:
        """A model of GazeCam's or of the user's own; None, and a word in the log, where it cannot run."""
        engine = self._config.engine
        try:
            folder = Path(engine.models) / name if engine.models else zoo_path(name)
            model = open_model(folder, MODELS[name], engine.backend)
        except ModelError as error:
            _log.warning("geometry takes the place of the learned model %s: %s", name, error)
            return None
        self._opened.callback(model.close)
        self._backends[model.backend] = None
        return model


def _redirector(config: Config, cutter: PatchCutter, models: _Models) -> EyeRedirector:
    match config.redirector:
        case "cfgr":
            model = models.open("cfgr_live")
            return GeometricRedirector(config.redirect) if model is None else CfgrRedirector(model, cutter)
        case "geometric":
            return GeometricRedirector(config.redirect)
        case name:
            raise ConfigError(f"redirector {name!r} is not part of this version; use cfgr or geometric")


def _estimator(config: Config, cutter: PatchCutter, models: _Models) -> PersonalEstimator:
    if config.estimator == "fused":
        model = models.open("gaze_runtime")
        if model is not None:
            # the person's own offsets belong to the result, not to one of its parts
            parts = GeometricGazeEstimator(GazeSettings()), LearnedGaze(model, cutter)
            return FusedGazeEstimator(*parts, config.gaze)
    return GeometricGazeEstimator(config.gaze)
