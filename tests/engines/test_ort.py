import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import engines
from engines import Engine
from engines.errors import EngineUnavailable, InferenceError, ModelMismatch
from engines.ort import OrtEngine
from engines.spec import read_model
from tests.engines.contract import EngineContract, inputs
from tests.engines.tiny import GAZE, REDIRECTOR

HAS_CUDA = "CUDAExecutionProvider" in onnxruntime.get_available_providers()


class TestOrtEngine(EngineContract):
    @pytest.fixture
    def engine(self) -> Engine:
        return engines.load(GAZE, "cpu")


def changed(folder: Path, **changes: object) -> Path:
    """A copy of the tiny model with other entries in its record."""
    copy = folder / "changed"
    shutil.copytree(GAZE, copy)
    record = json.loads((copy / "model.json").read_text())
    (copy / "model.json").write_text(json.dumps(record | changes))
    return copy


def test_the_tiny_models_are_what_their_script_makes(tmp_path):
    pytest.importorskip("onnx", reason="onnx is in the dependency group train")
    from tests.engines.tiny import make

    make.main(tmp_path)
    for folder in (GAZE, REDIRECTOR):
        for name in ("model.onnx", "model.json"):
            assert (tmp_path / folder.name / name).read_bytes() == (folder / name).read_bytes()


def test_auto_takes_the_cpu_where_there_is_no_gpu():
    with engines.load(GAZE) as engine:
        assert engine.backend == ("cuda" if HAS_CUDA else "cpu")


@pytest.mark.skipif(HAS_CUDA, reason="this ONNX Runtime has CUDA")
def test_cuda_without_its_provider_says_what_there_is_and_what_to_install():
    with pytest.raises(EngineUnavailable, match=r"no CUDAExecutionProvider, only .*CPU.*onnxruntime-gpu"):
        engines.load(GAZE, "cuda")


def test_where_no_backend_works_each_ones_reason_is_given(monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["AzureExecutionProvider"])
    with pytest.raises(
        EngineUnavailable, match=r"gaze_runtime cannot run here\. cuda: .*no CUDA.*; cpu: .*no CPU"
    ):
        engines.load(GAZE)


def test_tensorrt_is_not_part_of_this_version():
    with pytest.raises(EngineUnavailable, match="TensorRT engines are not part of this version; use auto"):
        engines.load(GAZE, "tensorrt")


def test_an_unknown_backend_is_answered_with_the_known_ones():
    with pytest.raises(EngineUnavailable, match="gpu: there is no such backend; known: auto, cpu, cuda"):
        engines.load(GAZE, "gpu")


def test_a_shape_that_differs_between_record_and_file_is_a_mismatch(tmp_path):
    record = json.loads((GAZE / "model.json").read_text())
    record["inputs"][1]["shape"] = [2, 3]
    with pytest.raises(
        ModelMismatch, match=r"input head: model.json says .*\(2, 3\).* model.onnx .*\(2, 2\)"
    ):
        engines.load(changed(tmp_path, inputs=record["inputs"]), "cpu")


def test_an_output_that_the_record_leaves_out_is_a_mismatch(tmp_path):
    record = json.loads((GAZE / "model.json").read_text())
    with pytest.raises(ModelMismatch, match=r"output sigma: model\.json says nothing"):
        engines.load(changed(tmp_path, outputs=record["outputs"][:1]), "cpu")


def test_a_file_that_is_no_onnx_model_is_a_mismatch():
    spec, _ = read_model(GAZE)
    with pytest.raises(ModelMismatch, match="gaze_runtime: ONNX Runtime cannot load the model"):
        OrtEngine(spec, b"not a model", "cpu", 1)


def test_what_onnxruntime_raises_becomes_an_inference_error(monkeypatch):
    class Broken:
        def run(self, *_: object) -> object:
            raise RuntimeError("out of memory")

    engine = engines.load(GAZE, "cpu")
    monkeypatch.setattr(engine, "_session", Broken())
    with pytest.raises(InferenceError, match=r"gaze_runtime: ONNX Runtime \(cpu\): out of memory") as caught:
        engine.run(inputs())
    assert isinstance(caught.value.__cause__, RuntimeError)


def test_a_redirector_runs_as_well():
    with engines.load(REDIRECTOR, "cpu") as engine:
        zeros = {tensor.name: np.zeros(tensor.shape, np.float32) for tensor in engine.spec.inputs}
        target = np.array([[0.1, -0.2], [0.0, 0.3]], np.float32)
        found = engine.run(zeros | {"target_gaze": target})
    assert found["flow"][:, :, 5, 7] == pytest.approx(20 * target[:, ::-1])
    assert not found["residual"].any()


def test_two_engines_of_one_model_do_not_share_their_end():
    first, second = engines.load(GAZE, "cpu"), engines.load(GAZE, "cpu", threads=1)
    first.close()
    assert np.isfinite(second.run(inputs())["gaze"]).all()


def test_loading_logs_nothing_a_user_would_see(caplog):
    with caplog.at_level(logging.INFO):
        engines.load(GAZE, "cpu").close()
    assert not caplog.records


def test_engines_import_without_onnxruntime():
    code = "import sys; sys.modules['onnxruntime'] = None; import engines, engines.fake"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_onnxruntime_loading_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.delitem(sys.modules, "engines.ort")
    with pytest.raises(EngineUnavailable, match="cpu: ONNX Runtime does not import"):
        engines.load(GAZE, "cpu")
