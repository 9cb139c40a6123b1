import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

from engines.spec import read_model
from export import parity, to_onnx
from export.cases import cases_of
from export.errors import ExportError
from export.graphs import graph_of
from training import checkpoint
from training.checkpoint import Checkpoint
from training.models import build

META = {"step": 12, "recipe": {"seed": 3}, "commit": "abc", "seed": 3, "machine": "here", "history": [1, 2]}
MODELS = {
    "live": ("cfgr", {"size": "live"}),
    "prgan": ("prgan", {"width": 8, "blocks": 1}),
    "estimator": ("gaze_estimator", {"width": 8}),
}


def write(path: Path, name: str, settings: dict, seed: int = 1) -> Path:
    """A checkpoint whose weights are random where fresh ones are zero, as training leaves them."""
    torch.manual_seed(seed)
    model = build(name, settings)
    for each in model.parameters():
        if not each.any():
            torch.nn.init.normal_(each, 0.0, 0.02)
    checkpoint.save(Checkpoint(name, settings, model.state_dict(), META), path)
    return path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every model of ``MODELS`` as a checkpoint and exported; files may only be read."""
    folder = tmp_path_factory.mktemp("export")
    for key, (name, settings) in MODELS.items():
        write(folder / f"{key}.pt", name, settings)
        assert to_onnx.main([str(folder / f"{key}.pt"), "--out", str(folder / key)]) == 0
    return folder


def change_weights(folder: Path) -> None:
    """Make the ONNX file say something else, with a record that still fits it."""
    model = onnx.load(folder / "model.onnx")
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if tensor.name.endswith(".weight"):
            tensor.CopyFrom(onnx.numpy_helper.from_array(values * 1.5, tensor.name))
    content = model.SerializeToString()
    (folder / "model.onnx").write_bytes(content)
    record = json.loads((folder / "model.json").read_text())
    record["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "model.json").write_text(json.dumps(record))


@pytest.mark.parametrize("key", MODELS)
def test_model_files_say_what_their_checkpoints_say(work, key, capsys):
    assert parity.main([str(work / key), str(work / f"{key}.pt")]) == 0
    table = capsys.readouterr().out
    assert "drawn eyes" in table
    assert "TOO MUCH" not in table
    assert ("reference warp" in table) == (key != "estimator")


def test_an_fp16_file_does_so_within_twice_the_tolerance_at_half_the_size(work, tmp_path):
    folder = tmp_path / "half"
    assert to_onnx.main([str(work / "live.pt"), "--out", str(folder), "--precision", "fp16"]) == 0
    assert all(row.within for row in parity.compare(folder, work / "live.pt"))
    spec, content = read_model(folder)
    assert spec.precision == "fp16"
    assert len(content) < 0.6 * len(read_model(work / "live")[1])
    graph = onnx.load_from_string(content).graph
    outside = [each.type.tensor_type.elem_type for each in (*graph.input, *graph.output)]
    assert set(outside) == {TensorProto.FLOAT}


def test_the_record_is_what_the_engines_read(work):
    spec, content = read_model(work / "live")
    model = onnx.load_from_string(content)
    assert (spec.name, spec.task, spec.opset, spec.precision) == ("live", "redirect-eyes", 18, "fp32")
    assert [(i.name, i.shape) for i in spec.inputs] == [
        ("patch", (2, 3, 64, 96)),
        ("source_gaze", (2, 2)),
        ("target_gaze", (2, 2)),
        ("head", (2, 2)),
    ]
    assert [o.name for o in spec.outputs] == ["flow", "residual", "image"]
    for told, real in zip(
        (*spec.inputs, *spec.outputs), (*model.graph.input, *model.graph.output), strict=True
    ):
        assert told.name == real.name
        assert told.shape == tuple(d.dim_value for d in real.type.tensor_type.shape.dim)
    assert spec.parameters == sum(p.numel() for p in build("cfgr", {"size": "live"}).parameters())
    assert spec.training == {
        "steps": 12,
        "recipe": {"seed": 3},
        "commit": "abc",
        "seed": 3,
        "machine": "here",
    }
    assert read_model(work / "estimator")[0].task == "estimate-gaze"


def test_the_graph_needs_no_grid_sample_and_tells_nothing_of_this_machine(work):
    model = onnx.load(work / "live" / "model.onnx")
    assert "GridSample" not in {node.op_type for node in model.graph.node}
    assert not {"Shape", "ConstantOfShape", "Loop", "If"} & {node.op_type for node in model.graph.node}
    assert model.opset_import[0].version == 18
    assert str(Path(__file__).parents[2]).encode() not in model.SerializeToString()


def test_the_live_file_fits_its_limit(work):
    assert (work / "live" / "model.onnx").stat().st_size < 4e6


def test_the_exported_live_cfgr_is_the_identity_without_a_difference(work):
    spec, content = read_model(work / "live")
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    inputs = cases_of(spec, 7)["nothing to do"]
    flow, residual, image = session.run(["flow", "residual", "image"], inputs)
    assert not flow.any()
    assert not residual.any()
    assert np.abs(image - inputs["patch"]).max() < 1e-6


def test_the_same_checkpoint_gives_the_same_bytes(work, tmp_path):
    assert to_onnx.main([str(work / "estimator.pt"), "--out", str(tmp_path / "estimator")]) == 0
    again, before = tmp_path / "estimator", work / "estimator"
    for file in ("model.onnx", "model.json"):
        assert (again / file).read_bytes() == (before / file).read_bytes()


def test_parity_fails_for_a_file_of_other_weights(work, tmp_path, capsys):
    shutil.copytree(work / "live", tmp_path / "changed")
    change_weights(tmp_path / "changed")
    assert parity.main([str(tmp_path / "changed"), str(work / "live.pt")]) == 1
    assert "TOO MUCH" in capsys.readouterr().out


def test_what_is_not_a_number_is_never_within_tolerance():
    assert not parity.Difference("case", "image", "torch, ORT", float("nan"), 1.0).within


def test_parity_refuses_a_checkpoint_of_another_task(work, capsys):
    assert parity.main([str(work / "live"), str(work / "estimator.pt")]) == 1
    assert "another model" in capsys.readouterr().err


def test_parity_refuses_a_folder_without_a_model(work, tmp_path, capsys):
    assert parity.main([str(tmp_path), str(work / "live.pt")]) == 1
    assert "there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize(("opset", "reason"), [(20, "TensorRT"), (21, "nearest pixel"), (16, "18 or 19")])
def test_opsets_that_do_not_run_everywhere_are_refused(work, tmp_path, capsys, opset, reason):
    arguments = [str(work / "live.pt"), "--out", str(tmp_path / "out"), "--opset", str(opset)]
    assert to_onnx.main(arguments) == 1
    assert reason in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("opset", "mode", "refused"), [(20, "linear", True), (18, "bilinear", False)])
def test_a_grid_sample_of_opset_20_is_refused_wherever_it_comes_from(opset, mode, refused):
    node = helper.make_node("GridSample", ["picture", "grid"], ["out"], mode=mode)
    tensors = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in (("picture", [1, 1, 4, 4]), ("grid", [1, 4, 4, 2]), ("out", [1, 1, 4, 4]))
    ]
    graph = helper.make_graph([node], "warp", tensors[:2], tensors[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    if refused:
        with pytest.raises(ExportError, match="GridSample of opset 20"):
            to_onnx.refuse_new_grid_sample(model)
    else:
        to_onnx.refuse_new_grid_sample(model)


def test_networks_that_do_not_run_in_the_product_are_refused(tmp_path, capsys):
    path = write(tmp_path / "judge.pt", "discriminator", {"width": 4})
    assert to_onnx.main([str(path), "--out", str(tmp_path / "out")]) == 1
    assert "a discriminator is not exported" in capsys.readouterr().err


def test_instance_norm_is_refused_in_fp16():
    with pytest.raises(ExportError, match="instance norm"):
        graph_of("prgan", build("prgan", {"width": 8}), "fp16")


def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, capsys):
    (tmp_path / "notes.pt").write_text("hello")
    assert to_onnx.main([str(tmp_path / "notes.pt"), "--out", str(tmp_path / "out")]) == 1
    assert "notes.pt" in capsys.readouterr().err
