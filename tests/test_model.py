import json
import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

import engines
from engines.errors import InferenceError
from engines.spec import PatchSpec
from tests.engines.tiny import GAZE
from tests.models import engine_for, model_for, spec_for
from vcam import model
from vcam.errors import ConfigError, ModelError
from vcam.model import Model, open_model

ANGLES = np.zeros((2, 2), np.float32)
PATCHES = np.zeros((2, 3, 64, 96), np.float32)


def test_a_model_folder_is_opened_and_runs(caplog):
    with caplog.at_level(logging.INFO):
        opened = open_model(GAZE, "estimate-gaze", "cpu")
    assert opened.run(patch=PATCHES + 1, head=ANGLES)["gaze"] == pytest.approx(ANGLES + 1)
    assert "gaze_runtime tiny runs on cpu" in caplog.text
    opened.close()
    opened.close()


def test_a_model_for_another_task_is_refused():
    with pytest.raises(
        ModelError, match="gaze_runtime: expected a model for redirect-eyes, this one is for estimate-gaze"
    ):
        open_model(GAZE, "redirect-eyes", "cpu")


def test_a_model_that_is_not_there_is_refused_by_its_path(tmp_path):
    with pytest.raises(ModelError, match="nowhere"):
        open_model(tmp_path / "nowhere", "redirect-eyes", "auto")


def test_the_wrong_file_beside_a_record_is_refused(tmp_path):
    copy = shutil.copytree(GAZE, tmp_path / "copy")
    (copy / "model.onnx").write_bytes(b"another file")
    with pytest.raises(ModelError, match=r"model\.onnx: .* SHA-256"):
        open_model(copy, "estimate-gaze", "cpu")


@pytest.mark.parametrize("backend", ["tensorrt", "cuda"])
def test_a_backend_that_does_not_work_here_is_a_wrong_setting(backend, monkeypatch):
    monkeypatch.setattr("onnxruntime.get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(
        ConfigError, match=rf"^engine\.backend {backend}: gaze_runtime cannot run here\. {backend}: "
    ):
        open_model(GAZE, "estimate-gaze", backend)


def test_patches_that_are_cut_otherwise_are_refused(tmp_path: Path):
    copy = shutil.copytree(GAZE, tmp_path / "copy")
    record = json.loads((copy / "model.json").read_text())
    record["patch"]["canthus_span_px"] = 48.0
    (copy / "model.json").write_text(json.dumps(record))
    with pytest.raises(
        ModelError, match=r"got \(\(96, 64\), 48\.0, 35\.5\); the model belongs to another version"
    ):
        open_model(copy, "estimate-gaze", "cpu")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"patch": PatchSpec((64, 64), 52.0, 35.5)}, "expected patches"),
        ({"range": (-1.0, 1.0)}, r"expected pictures from 0 to 1, got \(-1\.0, 1\.0\)"),
        ({"inputs": spec_for("estimate-gaze").inputs}, "expected inputs .*source_gaze.*, got"),
        ({"outputs": ()}, "expected outputs .*flow.*, got {}"),
    ],
)
def test_a_model_with_another_interface_is_refused(changes, message):
    engine = engine_for("redirect-eyes", lambda _: {})
    engine._spec = spec_for("redirect-eyes", **changes)
    with pytest.raises(ModelError, match=message):
        Model(engine, "redirect-eyes")


def test_a_run_that_fails_is_an_error_of_ours():
    def fail(_: object) -> dict[str, np.ndarray]:
        raise InferenceError("out of memory")

    with pytest.raises(ModelError, match="out of memory") as caught:
        model_for("estimate-gaze", fail).run(patch=PATCHES, head=ANGLES)
    assert isinstance(caught.value.__cause__, InferenceError)


def test_an_output_that_is_no_number_is_an_error():
    broken = model_for("estimate-gaze", lambda _: {"gaze": ANGLES + np.float32(np.nan)})
    with pytest.raises(ModelError, match="fake: gaze is not finite everywhere"):
        broken.run(patch=PATCHES, head=ANGLES)


def test_a_model_that_fails_is_found_out_when_it_is_opened(monkeypatch):
    def fail(_: object) -> dict[str, np.ndarray]:
        raise InferenceError("out of memory")

    engine = engine_for("estimate-gaze", fail)
    monkeypatch.setattr(engines, "load", lambda *_: engine)
    with pytest.raises(ModelError, match="out of memory"):
        open_model(GAZE, "estimate-gaze", "cpu")
    with pytest.raises(InferenceError, match="closed"):
        engine.run({})


def test_both_tasks_are_known_to_the_engines():
    assert set(model._INTERFACES) == set(engines.spec.TASKS)
