from pathlib import Path

import pytest

from tests.clips import (
    Recipe,
    write_clip,
)
from tests.process.corrections import IMAGES


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", IMAGES, recipe=Recipe(sound="aac"))
