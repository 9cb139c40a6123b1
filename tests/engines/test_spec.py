import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import engines
from engines.errors import ModelMismatch, ModelNotFound
from engines.spec import parse_spec, read_model
from tests.engines.tiny import GAZE

RECORD = json.loads((GAZE / "model.json").read_text())
KEYS = [key for key in RECORD if key not in {"format", "version"}]

anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def parsed(**changes: object):
    return parse_spec(json.dumps(RECORD | changes), "here")


def test_the_record_is_read_in_full():
    spec = parsed()
    assert (spec.name, spec.task, spec.opset, spec.range) == ("gaze_runtime", "estimate-gaze", 17, (0.0, 1.0))
    assert [(t.name, t.shape) for t in spec.inputs] == [("patch", (2, 3, 64, 96)), ("head", (2, 2))]
    assert (spec.patch.size, spec.patch.canthus_span_px, spec.patch.canthus_y_px) == ((96, 64), 52.0, 35.5)
    assert spec.training["recipe"] == "none: made by hand, for tests"


@pytest.mark.parametrize("key", RECORD)
def test_a_missing_key_is_named(key):
    record = {name: value for name, value in RECORD.items() if name != key}
    with pytest.raises(ModelMismatch, match=f"here: {key} is missing"):
        parse_spec(json.dumps(record), "here")


def test_an_unknown_key_is_named():
    with pytest.raises(ModelMismatch, match="here: unknown colour, mean; this version reads format 1"):
        parsed(mean=0, colour="RGB")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "onnx"}, 'format: expected "gazecam-model", got "onnx"'),
        ({"version": 2}, "version: expected 1, got 2"),
        ({"version": True}, "version: expected 1, got true"),
        ({"name": ""}, 'name: expected a text, got ""'),
        ({"task": "paint"}, 'task: expected "redirect-eyes" or "estimate-gaze", got "paint"'),
        ({"color": "BGR"}, 'color: expected "RGB", got "BGR"'),
        ({"range": [0]}, r"range: expected two numbers, got \[0\]"),
        ({"range": [0, True]}, "range: expected two numbers"),
        ({"sha256": "ab"}, "sha256: expected 64 lower-case hexadecimal digits"),
        ({"opset": 17.5}, "opset: expected a whole number of 0 or more, got 17.5"),
        ({"training": []}, r"training: expected an object, got \[\]"),
        ({"inputs": []}, "inputs: expected a list of at least one tensor"),
        ({"inputs": [3]}, r"inputs\[0\]: expected an object, got 3"),
        ({"patch": {"size": [96, 64]}}, r"patch\.canthus_span_px is missing"),
        ({"patch": RECORD["patch"] | {"size": [96]}}, r"patch\.size: expected width and height, got \[96\]"),
        ({"patch": RECORD["patch"] | {"size": [96.5, 64]}}, r"patch\.size: expected a list of whole numbers"),
        ({"patch": RECORD["patch"] | {"dpi": 3}}, r"unknown patch\.dpi"),
        ({"outputs": [RECORD["outputs"][0]] * 2}, "outputs: expected different names"),
        ({"outputs": [RECORD["outputs"][0] | {"shape": [2, 0]}]}, r"outputs\[0\]\.shape: expected a list of"),
        ({"outputs": [RECORD["outputs"][0] | {"dtype": "int8"}]}, r'outputs\[0\]\.dtype: expected "float32"'),
        ({"outputs": [{"name": "gaze"}]}, r"outputs\[0\]\.shape is missing"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(changes, message):
    with pytest.raises(ModelMismatch, match=f"here: {message}"):
        parsed(**changes)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000])
def test_a_text_that_is_no_record_is_refused(text):
    with pytest.raises(ModelMismatch, match="here: "):
        parse_spec(text, "here")


@given(key=st.sampled_from(KEYS), value=anything)
def test_whatever_stands_in_a_record_it_is_read_or_refused_by_name(key, value):
    try:
        parsed(**{key: value})
    except ModelMismatch as error:
        assert str(error).startswith(f"here: {key}") or "unknown" in str(error)  # noqa: PT017 - or it was fine


def test_an_onnx_file_that_is_not_the_recorded_one_is_refused(tmp_path):
    copy = shutil.copytree(GAZE, tmp_path / "copy")
    with (copy / "model.onnx").open("ab") as file:
        file.write(b"x")
    with pytest.raises(
        ModelMismatch, match=r"model.onnx: model.json beside it belongs to a file with SHA-256"
    ):
        read_model(copy)


@pytest.mark.parametrize("missing", ["model.onnx", "model.json"])
def test_a_missing_file_is_named(tmp_path, missing):
    copy = shutil.copytree(GAZE, tmp_path / "copy")
    (copy / missing).unlink()
    with pytest.raises(ModelNotFound, match=f"{missing}: there is no such file"):
        read_model(copy)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelNotFound, match="nowhere"):
        engines.load(tmp_path / "nowhere")


def test_a_file_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "model").write_bytes(b"")
    with pytest.raises(ModelNotFound, match="there is no such file"):
        engines.load(tmp_path / "model")


def test_the_zoo_lies_in_the_package():
    assert engines.zoo_path("cfgr_live").parts[-3:] == ("engines", "zoo", "cfgr_live")
