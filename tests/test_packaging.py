"""The wheel, as ``uv tool install`` and pipx get it: all that GazeCam runs with, and nothing else."""

import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import cv2
import pytest

from tests.e2e.footage import still
from tests.e2e.program import DEMO, OPEN_EYES, ROOT

PACKAGES = ("vcam", "engines")
NOT_SHIPPED = {"__pycache__"}
RUN = "import sys; from vcam.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as users build it, with what is in uv's cache: nothing is fetched."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("wheels are built with uv, which is not on the PATH")
    out = tmp_path_factory.mktemp("wheel")
    words = [uv, "build", "--wheel", "--offline", "--no-progress", "--out-dir", str(out), str(ROOT)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=100, check=False)
    if done.returncode and "hatchling" in done.stderr:
        pytest.skip("uv has no hatchling in its cache; any `uv run` with network puts it there")
    assert done.returncode == 0, done.stderr
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    """What stands in the shipped packages below ``folder``, by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for package in PACKAGES
        for path in (folder / package).rglob("*")
        if path.is_file() and not NOT_SHIPPED & set(path.parts)
    }


def metadata(unpacked: Path, name: str) -> str:
    [found] = unpacked.glob(f"gazecam-*.dist-info/{name}")
    return found.read_text("utf-8")


def test_the_wheel_has_both_packages_whole_and_nothing_else(unpacked):
    assert files(unpacked) == files(ROOT)
    assert {path.name for path in unpacked.iterdir() if path.suffix != ".dist-info"} == set(PACKAGES)


def test_the_wheel_carries_models_demo_and_icons(unpacked):
    shipped = files(unpacked)
    for model in ("cfgr_live", "gaze_runtime"):
        assert {f"engines/zoo/{model}/model.onnx", f"engines/zoo/{model}/model.json"} <= shipped.keys()
    assert len(shipped["vcam/sources/demo.mp4"]) > 1_000_000
    assert "vcam/desktop/icons/app.svg" in shipped


def test_the_wheel_gives_the_command_gazecam(unpacked):
    assert "gazecam = vcam.cli:main" in metadata(unpacked, "entry_points.txt").splitlines()


def test_the_unpacked_wheel_corrects_a_picture_far_from_the_clone(unpacked, tmp_path):
    cv2.imwrite(str(tmp_path / "in.png"), still(DEMO, OPEN_EYES, (640, 360)))
    words = [sys.executable, "-P", "-c", RUN, "process", "in.png", "out.png"]
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "1 frames, 1 with a face, 1 corrected" in done.stdout
    assert "geometry takes the place" not in done.stderr
    assert (cv2.imread(str(tmp_path / "in.png")) != cv2.imread(str(tmp_path / "out.png"))).any()


def test_the_overrides_for_installing_are_those_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    lines = (ROOT / "docs/overrides.txt").read_text("utf-8").splitlines()
    stated = [line for line in lines if not line.startswith("#")]
    assert stated == project["tool"]["uv"]["override-dependencies"]
