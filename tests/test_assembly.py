import logging
import shutil
from contextlib import closing

import numpy as np
import pytest

from engines.errors import InferenceError
from tests.engines.tiny import FOLDER
from tests.faces import Person, draw, frame_of, gaze_deg
from vcam.assembly import build_corrector
from vcam.config import Config, load
from vcam.errors import ConfigError
from vcam.gaze.fused import FusedGazeEstimator
from vcam.gaze.geometric import GeometricGazeEstimator
from vcam.redirect.cfgr import CfgrRedirector
from vcam.redirect.geometric import GeometricRedirector

READER = Person(at_mm=(0.0, 0.0, 450.0), looks=gaze_deg(-8.0, 4.0))


class OneFace:
    """A face mesh that always finds the reader."""

    def find(self, _rgb: np.ndarray, _at_s: float) -> np.ndarray:
        return READER.mesh().astype(np.float32)

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def reader(monkeypatch) -> None:
    monkeypatch.setattr("vcam.track.open_face_mesh", lambda _model: OneFace())


def config(*overrides: str) -> Config:
    return load(None, overrides)


def stages(built: Config) -> tuple[type, type]:
    with closing(build_corrector(built)) as corrector:
        return type(corrector._stages.estimator), type(corrector._stages.redirector)


def test_learned_models_are_the_default_and_the_log_says_what_runs_them(caplog):
    with caplog.at_level(logging.INFO):
        assert stages(config(f"engine.models={FOLDER}")) == (FusedGazeEstimator, CfgrRedirector)
    assert "cfgr_live tiny runs on " in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_learned_models_correct_a_frame():
    image = draw(READER.track().eyes)
    with closing(build_corrector(config(f"engine.models={FOLDER}"))) as corrector:
        for index in range(10):
            correction = corrector.correct(frame_of(image, index))
    assert correction.reason is None
    assert (correction.frame.image != image).any()


def test_missing_models_are_replaced_by_geometry_and_each_is_named_once(tmp_path, caplog):
    built = config(f"engine.models={tmp_path}")
    assert stages(built) == (GeometricGazeEstimator, GeometricRedirector)
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    for name, message in zip(("cfgr_live", "gaze_runtime"), messages, strict=True):
        assert message.startswith(f"geometry takes the place of the learned model {name}: {tmp_path / name}")
        assert "there is no such file" in message


def test_a_damaged_model_is_replaced_by_geometry_while_the_other_one_serves(tmp_path, caplog):
    zoo = shutil.copytree(FOLDER, tmp_path / "zoo")
    with (zoo / "cfgr_live" / "model.onnx").open("ab") as file:
        file.write(b"x")
    assert stages(config(f"engine.models={zoo}")) == (FusedGazeEstimator, GeometricRedirector)
    (record,) = caplog.records
    assert "cfgr_live" in record.getMessage()
    assert "SHA-256" in record.getMessage()


def test_geometry_can_be_asked_for_and_then_opens_no_model(tmp_path, caplog):
    words = [f"engine.models={tmp_path}", "redirector=geometric", "estimator=geometric"]
    assert stages(config(*words)) == (GeometricGazeEstimator, GeometricRedirector)
    assert not caplog.records


def test_a_backend_that_is_asked_for_and_does_not_work_is_a_wrong_setting():
    with pytest.raises(ConfigError, match=r"engine\.backend tensorrt: .*TensorRT"):
        build_corrector(config(f"engine.models={FOLDER}", "engine.backend=tensorrt"))


def test_models_are_closed_with_the_correction():
    corrector = build_corrector(config(f"engine.models={FOLDER}"))
    corrector.close()
    for stage in (corrector._stages.redirector, corrector._stages.estimator._learned):
        with pytest.raises(InferenceError, match="closed"):
            stage._model._engine.run({})


def test_models_are_closed_if_the_tracker_does_not_start(monkeypatch):
    opened = []

    def fail(_settings: object) -> None:
        raise ConfigError("tracking.model: no such file")

    from vcam import assembly

    def open_and_note(*words):
        opened.append(real(*words))
        return opened[-1]

    real = assembly.open_model
    monkeypatch.setattr(assembly, "open_model", open_and_note)
    monkeypatch.setattr(assembly, "MeshTracker", fail)
    with pytest.raises(ConfigError, match="tracking"):
        build_corrector(config(f"engine.models={FOLDER}"))
    assert len(opened) == 2
    for model in opened:
        with pytest.raises(InferenceError, match="closed"):
            model._engine.run({})
