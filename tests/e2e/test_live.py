"""Live mode as a user meets it: a process, its exit code, what it prints and the clip it leaves."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.clips import read_times
from tests.e2e import program
from tests.e2e.footage import images, still
from tests.e2e.witness import Witness, apart
from vcam.types import Image

ENDS_WITHIN_S = 2.0
# the real program on a machine that is a thousand times too slow: MediaPipe looks at each frame that often
SLOW = """
import sys
from vcam import cli, facemesh
once = facemesh.HeldFaceMesh.find
facemesh.HeldFaceMesh.find = lambda mesh, *frame: [once(mesh, *frame) for _ in range(3000)][-1]
sys.exit(cli.main())
"""

no_signals_on_windows = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows delivers no such signal to another process"
)


@dataclass(frozen=True)
class Recording:
    """One run of the demo into a file."""

    done: subprocess.CompletedProcess[str]
    path: Path


@pytest.fixture(scope="module")
def recording(tmp_path_factory) -> Recording:
    path = tmp_path_factory.mktemp("live") / "demo.mp4"
    return Recording(program.run("--source", "demo", "--sink", path, "--duration", "3"), path)


@pytest.fixture(scope="module")
def witness() -> Iterator[Witness]:
    with closing(Witness()) as witness:
        yield witness


def halves(clip: Path) -> list[tuple[Image, Image]]:
    """Before and after, of every fourth frame."""
    pairs = (np.split(image, 2, axis=1) for image in islice(images(clip), 0, None, 4))
    return [(before, after) for before, after in pairs]


def test_a_run_of_the_demo_ends_well_and_prints_its_delays(recording):
    assert recording.done.returncode == 0, recording.done.stderr
    table = recording.done.stdout
    assert table.startswith("stage, ms")
    for row in ("track ", "gaze ", "decide ", "redirect ", "compose ", "correct ", "added delay "):
        assert f"\n{row}" in table


def test_a_recording_lasts_as_long_as_asked(recording):
    times = read_times(recording.path)
    assert 2.5 < float(times[-1] - times[0]) < 3.5
    assert [path.name for path in recording.path.parent.iterdir()] == ["demo.mp4"]


def test_a_recording_of_the_demo_shows_before_and_after(recording, witness):
    pairs = halves(recording.path)
    assert pairs[0][0].shape == (720, 1280, 3)
    eyes = [witness.eyes(before).grown() for before, _ in pairs]
    inside = [apart(*pair, where) for pair, where in zip(pairs, eyes, strict=True)]
    outside = [apart(*pair, ~where) for pair, where in zip(pairs, eyes, strict=True)]
    assert max(inside) > 3  # 5.5 measured; less while it eases in, and none in a blink
    assert max(outside) < 0.5  # 0.12: the encoder's


def test_strength_zero_leaves_the_eyes_as_they_are(tmp_path, witness):
    path = tmp_path / "nothing.mp4"
    done = program.run("--source", "demo", "--sink", path, "--duration", "2", "--set", "policy.strength=0")
    assert done.returncode == 0, done.stderr
    inside = [apart(*pair, witness.eyes(pair[0]).grown()) for pair in halves(path)]
    assert max(inside) < 0.5  # 0.16: the encoder's


@no_signals_on_windows
@pytest.mark.parametrize("order", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_mid_run_ends_it_in_time_with_the_clip_complete(tmp_path, order):
    path = tmp_path / "stopped.mp4"
    rest = stopped_by(order, program.command("--source", "demo", "--sink", path))
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == [path]
    assert float(read_times(path)[-1]) > 4


@no_signals_on_windows
def test_a_signal_during_a_correction_that_takes_seconds_ends_it_in_time(tmp_path):
    slow = [sys.executable, "-c", SLOW, "--source", "demo", "--sink", str(tmp_path / "none.mp4")]
    rest = stopped_by(signal.SIGINT, slow)
    assert "left behind, still busy in a driver: correct" in rest
    assert "Traceback" not in rest
    assert "vcam.corrector" not in rest  # it complains when its models are closed under its feet
    assert list(tmp_path.iterdir()) == []


def stopped_by(order: signal.Signals, words: list[str]) -> str:
    """What a run that is in full swing writes to stderr once it gets a signal; asserts that it ends well."""
    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": program.ROOT, "text": True}
    with subprocess.Popen(words, **pipes) as running:
        # up to the meter's line, five seconds after the start
        assert any(" fps; " in line for line in running.stderr)
        running.send_signal(order)
        try:
            _, rest = running.communicate(timeout=ENDS_WITHIN_S)
        finally:
            running.kill()
    assert running.returncode == 130, rest
    return rest


def test_a_still_picture_is_a_source_like_any_other(tmp_path, witness):
    picture = still(program.DEMO, program.OPEN_EYES, (640, 360))
    source, path = tmp_path / "still.png", tmp_path / "still.mp4"
    cv2.imwrite(str(source), picture)
    done = program.run("--source", source, "--sink", path, "--duration", "1.5")
    assert done.returncode == 0, done.stderr
    last = list(images(path))[-1]
    eyes = witness.eyes(picture).grown()
    assert apart(last, picture, eyes) > 4  # 6.1 measured
    assert apart(last, picture, ~eyes) < 2  # 1.2: the encoder's


def test_a_sink_in_a_missing_folder_is_told_by_its_path(tmp_path):
    path = tmp_path / "missing" / "clip.mp4"
    done = program.run("--source", "demo", "--sink", path, "--duration", "1")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("gazecam: ")
    assert str(path) in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
