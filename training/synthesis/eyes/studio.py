"""Renders numbered scenes into the arrays that a shard stores."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthesis.eyes.assets import EyeAssets
from training.synthesis.eyes.flow import FlowTracer
from training.synthesis.eyes.labels import labels_of
from training.synthesis.eyes.renderer import EyeRenderer
from training.synthesis.eyes.sampling import Recipe
from training.synthesis.eyes.scene import Scene
from training.synthesis.eyes.still import Stills
from training.synthesis.eyes.view import CANTHI_PX


@dataclass(frozen=True, slots=True)
class Studio:
    """A renderer and a flow tracer for one recipe."""

    assets: EyeAssets
    renderer: EyeRenderer
    tracer: FlowTracer

    @classmethod
    def open(cls, assets: EyeAssets, recipe: Recipe) -> "Studio":
        """Raises RendererUnavailable where OpenGL cannot start."""
        renderer = EyeRenderer(assets, recipe.gazes)
        return cls(assets, renderer, FlowTracer(renderer, recipe.pairs))

    def shoot(self, scene: Scene) -> dict[str, NDArray[np.generic]]:
        """All arrays of one scene, named and shaped as in a shard, without the axis of scenes."""
        stills = Stills.of(self.assets.tables, scene)
        pictures = self.renderer.draw(scene, stills)
        labels = labels_of(self.assets.tables, scene.eyeball, stills)
        flow = self.tracer.trace(scene, stills, pictures)
        return {
            "images": pictures.images,
            "gaze": np.array([(g.pitch, g.yaw) for g in scene.gazes], np.float32),
            "axis": stills.axis.astype(np.float32),
            "head": np.array(stills.view.head_angles(), np.float32),
            "canthi": CANTHI_PX.astype(np.float32),
            "eye_mask": pictures.eye_mask,
            "iris": labels.iris,
            "lids": labels.lids,
            "openness": labels.openness,
            "blink": np.array([g.blink for g in scene.gazes], np.float32),
            "pairs": np.array(scene.pairs, np.int8),
            "flow": flow.flow,
            "visible": flow.visible,
        }
