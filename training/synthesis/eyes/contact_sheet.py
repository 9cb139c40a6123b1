"""Pictures for people to look at: many scenes side by side, and one eye over all directions.

python -m training.synthesis.eyes.contact_sheet --assets UNITYEYES2 --sheet FILE --grid FILE
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from training.synthesis.errors import SynthesisError
from training.synthesis.eyes.assets import EyeAssets, Picture, open_assets
from training.synthesis.eyes.renderer import EyeRenderer
from training.synthesis.eyes.sampling import Recipe, SceneSampler
from training.synthesis.eyes.scene import Gaze, Scene
from training.synthesis.eyes.still import Stills
from training.synthesis.eyes.view import MARGIN_PX, SCALE

GRID_PITCH_DEG = (20, 10, 0, -10, -20, -30)
GRID_YAW_DEG = (30, 20, 10, 0, -10, -20, -30)
"""From image left to image right, as the iris moves."""
_BLUR_PX = 0.8
_JPEG_QUALITY = 88


def scenes_sheet(assets: EyeAssets, recipe: Recipe, rows: int, scenes_per_row: int) -> Picture:
    """RGB sheet of scenes 0, 1, ...: each shows all its gazes in a row of pictures."""
    sampler, renderer = SceneSampler(assets, recipe), EyeRenderer(assets, recipe.gazes)
    strips = [_strip(renderer, assets, sampler.scene(index)) for index in range(rows * scenes_per_row)]
    lines = [np.hstack(strips[k : k + scenes_per_row]) for k in range(0, len(strips), scenes_per_row)]
    return np.vstack(lines)


def gaze_grid(assets: EyeAssets, scene: Scene) -> Picture:
    """RGB sheet of one scene's person who looks into every direction of the grid."""
    renderer = EyeRenderer(assets, len(GRID_YAW_DEG))
    rows = []
    for pitch in GRID_PITCH_DEG:
        gazes = tuple(Gaze(float(np.radians(pitch)), float(np.radians(yaw))) for yaw in GRID_YAW_DEG)
        rows.append(_strip(renderer, assets, replace(scene, gazes=gazes)))
    return np.vstack(rows)


def _strip(renderer: EyeRenderer, assets: EyeAssets, scene: Scene) -> Picture:
    """All gazes of a scene side by side, without the margin, as blurred as a webcam's picture."""
    margin = round(SCALE * MARGIN_PX)
    images = renderer.draw(scene, Stills.of(assets.tables, scene)).images[:, margin:-margin, margin:-margin]
    return np.asarray(cv2.GaussianBlur(np.hstack(list(images)), (0, 0), _BLUR_PX), np.uint8)


def write_picture(path: Path, picture: Picture) -> None:
    """Write RGB as the file's ending says; raises OSError where that fails."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if path.suffix == ".jpg" else []
    if not cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality):
        raise OSError(f"{path}: the picture could not be written")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; gives the exit status."""
    parser = argparse.ArgumentParser(prog="training.synthesis.eyes.contact_sheet")
    parser.add_argument("--assets", type=Path, required=True, help="UnityEyes 2: imported, or a checkout")
    parser.add_argument("--sheet", type=Path, help="write many scenes here")
    parser.add_argument("--grid", type=Path, help="write one person over all directions here")
    parser.add_argument("--rows", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--grid-scene", type=int, default=0, help="which scene's person fills the grid")
    chosen = parser.parse_args(arguments)
    try:
        assets, recipe = open_assets(chosen.assets), Recipe(chosen.seed, gazes=5, pairs=1)
        if chosen.sheet:
            write_picture(chosen.sheet, scenes_sheet(assets, recipe, chosen.rows, scenes_per_row=2))
        if chosen.grid:
            scene = SceneSampler(assets, recipe).scene(chosen.grid_scene)
            frontal = replace(scene, head=(0.0, 0.0))
            write_picture(chosen.grid, gaze_grid(assets, frontal))
    except (SynthesisError, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
