import json
import platform
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

from tests.clips import numbered, write_clip
from vcam import __version__, bench
from vcam.sources.clip import ClipSource
from vcam.types import Correction, Frame

HERE = Path(__file__).parents[1]
WARM_UP = 30


class HalfCorrector:
    """Corrects every other frame, and says how long it took."""

    def __init__(self) -> None:
        self.sizes: set[tuple[int, int]] = set()
        self.calls = 0

    def correct(self, frame: Frame) -> Correction:
        self.calls += 1
        self.sizes.add((frame.width, frame.height))
        reason = None if self.calls % 2 else "no face"
        return Correction(frame, frame, None, None, None, reason, {"track": 2.0, "gaze": 1.0})


@pytest.fixture
def looping_clip(tmp_path, monkeypatch) -> None:
    """A clip of this test in place of the demo."""
    path = write_clip(tmp_path / "clip.mp4", [numbered(index) for index in range(4)])

    def open_clip(*, realtime: bool) -> ClipSource:
        return ClipSource(path, realtime=realtime, loop=True)

    monkeypatch.setattr(bench, "DemoSource", open_clip)


def run(frames: int = 6, size: tuple[int, int] = (96, 64)) -> tuple[bench.BenchResult, HalfCorrector, list]:
    corrector, shown = HalfCorrector(), []
    result = bench.run_bench(corrector, size, frames, lambda done, total: shown.append((done, total)))
    return result, corrector, shown


@pytest.mark.usefixtures("looping_clip")
def test_the_warm_up_is_run_and_not_counted():
    result, corrector, shown = run(frames=6)
    now = result.meter.snapshot()
    assert corrector.calls == WARM_UP + 6
    assert {stage: spread.count for stage, spread in now.stages.items()} == {
        "track": 6,
        "gaze": 6,
        "correct": 6,
    }
    assert shown == [(done, 6) for done in range(1, 7)]
    assert result.corrected == 3


@pytest.mark.usefixtures("looping_clip")
@pytest.mark.parametrize("size", [(96, 64), (128, 72)], ids=["its own size", "scaled"])
def test_frames_come_in_the_size_asked_for(size):
    result, corrector, _ = run(size=size)
    assert corrector.sizes == {size}
    assert result.size == size


@pytest.mark.usefixtures("looping_clip")
def test_the_text_holds_table_rate_machine_and_commit():
    result, _, _ = run()
    lines = result.text().splitlines()
    assert lines[0].startswith("stage, ms")
    assert any(line.startswith("whole correction / tracking alone: ") for line in lines)
    assert any("frames per second unpaced" in line for line in lines)
    assert "6 frames of 96x64, 3 of them corrected" in lines
    assert lines[-1] == f"{bench.machine()}; {bench.commit()}"


@pytest.mark.usefixtures("looping_clip")
def test_the_record_survives_json_and_holds_the_same():
    result, _, _ = run()
    record = json.loads(json.dumps(result.record()))
    assert record["stages_ms"]["track"]["p50"] == 2.0
    assert record["ratio_to_tracking"] == result.meter.snapshot().ratio
    assert (record["frames"], record["corrected"], record["size"]) == (6, 3, [96, 64])
    assert record["unpaced_fps"] > 0
    assert (record["machine"], record["commit"]) == (bench.machine(), bench.commit())


def test_the_machine_line_names_cores_system_and_python():
    line = bench.machine()
    assert " cores, " in line
    assert platform.system() in line
    assert line.endswith(f"Python {platform.python_version()}")
    assert not line.startswith(",")


@pytest.mark.skipif(not (HERE / ".git").exists(), reason="not a git clone")
def test_the_commit_is_that_of_the_clone():
    head = subprocess.run(
        ["git", "-C", str(HERE), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    name, _, described = bench.commit().partition(", commit ")
    assert name == f"gazecam {__version__}"
    assert head.startswith(described.removesuffix("-dirty").rpartition("-g")[2])


def test_without_git_the_version_stands_for_the_commit(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert bench.commit() == f"gazecam {__version__}"


@pytest.mark.skipif(
    not (files("vcam.sources") / "demo.mp4").is_file(), reason="vcam/sources/demo.mp4 is not there yet"
)
def test_the_packaged_demo_is_what_is_measured():
    result, corrector, _ = run(frames=3, size=(320, 180))
    assert corrector.sizes == {(320, 180)}
    assert result.frames == 3
