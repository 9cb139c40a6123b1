"""From shards to a model file that the runtime loads: every command of the chain, in its smoke size."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import engines
from tests.training.data.eyes import write_shards

pytest.importorskip("torch", reason="needs the dependency group train")

ROOT = Path(__file__).parents[2]
RECIPES = ROOT / "training/recipes"


def run(module: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(400)
def test_a_recipe_becomes_a_model_file_that_the_runtime_loads(tmp_path: Path):
    data = write_shards(tmp_path / "data")
    gaze, cfgr = tmp_path / "gaze", tmp_path / "cfgr"
    run("training.train", RECIPES / "smoke_gaze.toml", "--data", data, "--out", gaze)
    run("training.train", RECIPES / "smoke.toml", "--data", data, "--out", cfgr)

    judged = ["--scorer", gaze / "model.pt", "--models", f"cfgr={cfgr / 'model.pt'}"]
    estimators = ["--estimators", f"smoke={gaze / 'model.pt'}"]
    tables = tmp_path / "tables"
    run("training.evaluate", RECIPES / "smoke.toml", "--data", data, *judged, *estimators, "--out", tables)
    assert "cfgr" in (tables / "table.md").read_text()
    assert "smoke" in (tables / "estimators.md").read_text()

    model = tmp_path / "zoo/cfgr_live"
    run("export.to_onnx", cfgr / "model.pt", "--out", model, "--name", "cfgr_live")
    run("export.parity", model, cfgr / "model.pt")

    patch = np.random.default_rng(0).random((2, 3, 64, 96), np.float32)
    still = np.zeros((2, 2), np.float32)
    with engines.load(model) as engine:
        answer = engine.run({"patch": patch, "source_gaze": still, "target_gaze": still, "head": still})
    np.testing.assert_allclose(answer["image"], patch, atol=1e-6)
