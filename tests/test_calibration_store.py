import json
import os
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcam.calibration import Calibration
from vcam.calibration_store import CalibrationStore, CalibrationStoreError

FIRST = Calibration(3.25, -1.5, 1.2, 1.0, -9.5, 0.75, "2026-11-21T06:00:00+00:00", 420, 0.7)
SECOND = replace(FIRST, pitch_offset_deg=2.0, made_at="2026-11-22T06:00:00+00:00")
CAMERA = "Logitech BRIO"


@pytest.fixture
def store(tmp_path: Path) -> CalibrationStore:
    return CalibrationStore(tmp_path / "data" / "calibrations.json")


def others(store: CalibrationStore) -> list[str]:
    return sorted(path.name for path in store.path.parent.iterdir() if path != store.path)


def test_what_was_saved_is_loaded_by_the_next_program(store):
    store.save(CAMERA, FIRST)
    assert CalibrationStore(store.path).load(CAMERA) == FIRST
    assert others(store) == []


@given(camera=st.text(max_size=40))
def test_any_name_that_a_camera_may_have_is_kept(camera, tmp_path_factory):
    store = CalibrationStore(tmp_path_factory.mktemp("store") / "c.json")
    store.save(camera, FIRST)
    assert store.load(camera) == FIRST


def test_each_camera_has_its_own(store):
    store.save(CAMERA, FIRST)
    store.save("Laptop", SECOND)
    assert (store.load(CAMERA), store.load("Laptop"), store.load("unknown")) == (FIRST, SECOND, None)


def test_undo_goes_back_to_the_one_before_and_undo_again_comes_back(store):
    store.save(CAMERA, FIRST)
    store.save(CAMERA, SECOND)
    assert store.undo(CAMERA) == FIRST
    assert store.load(CAMERA) == FIRST
    assert store.undo(CAMERA) == SECOND
    assert store.load(CAMERA) == SECOND


def test_undo_of_the_first_calibration_leaves_none(store):
    assert not store.can_undo(CAMERA)
    store.save(CAMERA, FIRST)
    assert store.can_undo(CAMERA)
    assert store.undo(CAMERA) is None
    assert store.load(CAMERA) is None
    assert store.undo(CAMERA) == FIRST


def test_undo_without_a_calibration_says_so(store):
    with pytest.raises(CalibrationStoreError, match="Logitech BRIO has not been calibrated"):
        store.undo(CAMERA)


def test_no_file_is_no_calibration(store):
    assert store.load(CAMERA) is None
    assert not store.path.parent.exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"version": 1, "came', "not valid JSON"),
        ("", "not valid JSON"),
        ("[1, 2]", "expected a table of cameras"),
        ('{"version": 1}', "expected a table of cameras"),
        ('{"version": 2, "cameras": {}}', "expected version 1, got 2"),
        ("[" * 100_000, "not valid JSON"),
        ("\udcff", "not valid JSON"),
    ],
)
def test_a_damaged_file_is_told_and_kept_beside_the_new_one(store, text, says):
    damaged = text.encode("utf-8", "surrogateescape")
    store.path.parent.mkdir()
    store.path.write_bytes(damaged)
    with pytest.raises(CalibrationStoreError, match=says) as raised:
        store.load(CAMERA)
    assert str(store.path) in str(raised.value)
    assert "calibrate again" in str(raised.value)
    assert not store.can_undo(CAMERA)
    assert store.path.read_bytes() == damaged
    store.save(CAMERA, FIRST)
    assert store.load(CAMERA) == FIRST
    (aside,) = others(store)
    assert (store.path.parent / aside).read_bytes() == damaged


@pytest.mark.parametrize(
    "entry",
    [
        3,
        {"current": 3},
        {"current": {}},
        {"current": asdict(FIRST) | {"pitch_scale": "wide"}},
        {"current": asdict(FIRST) | {"pitch_scale": True}},
        {"current": asdict(FIRST) | {"pitch_scale": float("nan")}},
        {"current": asdict(FIRST) | {"yaw_offset_deg": 90.0}},
        {"current": asdict(FIRST) | {"made_at": None}},
        {"current": asdict(FIRST) | {"samples": 1.5}},
    ],
)
def test_one_damaged_calibration_leaves_those_of_other_cameras(store, entry):
    store.save("Laptop", SECOND)
    document = json.loads(store.path.read_text())
    document["cameras"][CAMERA] = entry
    damaged = json.dumps(document)
    store.path.write_text(damaged)
    with pytest.raises(CalibrationStoreError, match="the calibration of Logitech BRIO is damaged"):
        store.load(CAMERA)
    assert store.load("Laptop") == SECOND
    store.save(CAMERA, FIRST)
    assert (store.load(CAMERA), store.load("Laptop")) == (FIRST, SECOND)
    (aside,) = others(store)
    assert (store.path.parent / aside).read_text() == damaged


def test_a_save_that_fails_leaves_the_old_one_and_no_rubbish(store, monkeypatch):
    store.save(CAMERA, FIRST)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CalibrationStoreError, match="No space left on device"):
        store.save(CAMERA, SECOND)
    assert store.load(CAMERA) == FIRST
    assert others(store) == []


def test_a_file_that_may_not_be_read_is_not_overwritten(store):
    store.path.mkdir(parents=True)  # read as a file, it fails for every user, root too
    with pytest.raises(CalibrationStoreError, match="cannot read the calibrations"):
        store.load(CAMERA)
    with pytest.raises(CalibrationStoreError, match="nothing was changed"):
        store.save(CAMERA, FIRST)
    assert store.path.is_dir()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the folder that XDG names")
def test_the_file_lies_in_the_users_data_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert CalibrationStore().path == tmp_path / "gazecam" / "calibrations.json"
