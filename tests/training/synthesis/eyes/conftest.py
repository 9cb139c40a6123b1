"""The stand-in scans, and a studio that draws them; skipped where OpenGL is missing."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.training.synthesis.eyes.scans import write_imported
from training.synthesis.errors import RendererUnavailable
from training.synthesis.eyes.assets import EyeAssets, open_assets
from training.synthesis.eyes.sampling import Recipe

RECIPE = Recipe(seed=3, gazes=4, pairs=4)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_imported(tmp_path_factory.mktemp("scans"))


@pytest.fixture(scope="session")
def assets(folder: Path) -> EyeAssets:
    return open_assets(folder)


@pytest.fixture(scope="session")
def studio(assets: EyeAssets) -> Iterator[object]:
    pytest.importorskip("moderngl", reason="moderngl (group train) is not installed")
    from training.synthesis.eyes.studio import Studio

    try:
        made = Studio.open(assets, RECIPE)
    except RendererUnavailable as error:
        pytest.skip(str(error))
    yield made
    made.renderer.context.release()
