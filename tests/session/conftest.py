from collections.abc import Iterator

import pytest

from tests.session.cast import Scene, is_corrected


@pytest.fixture
def scene() -> Iterator[Scene]:
    """Nobody reads yet."""
    scene = Scene()
    yield scene
    scene.session.stop()
    assert scene.house.open == []


@pytest.fixture
def call(scene: Scene) -> Scene:
    """A program reads, and frames are corrected."""
    scene.viewers.come()
    scene.session.start()
    scene.viewers.see(is_corrected, "a corrected frame")
    return scene
