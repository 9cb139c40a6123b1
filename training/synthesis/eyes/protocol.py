"""The scenes of the Columbia protocol: everything drawn as usual but person, head yaw and gazes."""

from collections.abc import Sequence
from dataclasses import replace

from training.data.protocol import GAZES_DEG, ProtocolScene, scenes
from training.synthesis.eyes.assets import EyeAssets
from training.synthesis.eyes.sampling import TEST_PEOPLE, Recipe, SceneSampler
from training.synthesis.eyes.scene import Gaze, Scene

GAZES = len(GAZES_DEG)
"""Pictures of a scene."""


class ProtocolSampler:
    """Numbered scenes of held-out people, level heads turned by the five yaws, the 21 gazes in order."""

    def __init__(
        self, assets: EyeAssets, recipe: Recipe, people: Sequence[str] | None = None, repeats: int = 1
    ) -> None:
        """``repeats``: how often each person and yaw occurs, each time with another light and shape."""
        self.people = tuple(people or TEST_PEOPLE)
        self._plan: list[ProtocolScene] = scenes(self.people, repeats)
        self._samplers = {person: SceneSampler(assets, recipe, [person]) for person in self.people}

    def __len__(self) -> int:
        return len(self._plan)

    def scene(self, index: int) -> Scene:
        """Scene number ``index``."""
        wanted = self._plan[index]
        drawn = self._samplers[wanted.person].scene(index)
        gazes = tuple(Gaze(pitch, yaw) for pitch, yaw in wanted.gazes)
        return replace(drawn, head=(0.0, wanted.head_yaw), gazes=gazes)
