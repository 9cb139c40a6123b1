import json
from pathlib import Path

import pytest

import vcam
from tests.process.corrections import process


def test_totals_add_up(tmp_path: Path, clip: Path) -> None:
    totals = process(clip, tmp_path / "out.mp4")
    assert totals.frames == 10
    assert totals.corrected == 7
    assert totals.passed_through == {"no face": 3}
    assert totals.stage_ms["track"].p50 == pytest.approx(6.5)
    assert totals.stage_ms["track"].p99 == pytest.approx(10.91)


def test_the_report_tells_of_every_frame(tmp_path: Path, clip: Path) -> None:
    process(clip, tmp_path / "out.mp4", report=tmp_path / "r.json")
    report = json.loads((tmp_path / "r.json").read_text())
    assert [frame["index"] for frame in report["frames"]] == list(range(10))
    assert [frame["timestamp"] for frame in report["frames"]] == [i / 25 for i in range(10)]
    first, third = report["frames"][0], report["frames"][2]
    assert first["left"]["gaze_before_deg"] == {"pitch": -11.459, "yaw": 5.73}
    assert first["right"]["target_deg"] == {"pitch": 0.0, "yaw": 2.865}
    assert first["left"]["strength"] == 0.75
    assert first["reason"] is None
    assert first["stage_ms"] == {"track": 2.0, "gaze": 1.0}
    assert third["reason"] == "no face"
    assert third["left"] is None
    totals = report["totals"]
    assert totals["frames"] == 10
    assert totals["passed_through"] == {"no face": 3}
    assert totals["stage_ms"]["gaze"] == {"p50": 1.0, "p95": 1.0, "p99": 1.0}
    assert totals["input"] == str(clip)
    assert totals["output"] == str(tmp_path / "out.mp4")
    assert totals["version"] == vcam.__version__
