"""The geometric redirector as a row of the training table.

    python -m training.evaluate RECIPE --data DIR --out OUT --write-pairs PAIRS
    python -m benchmarks.geometric_pairs PAIRS DRAWN
    python -m training.evaluate RECIPE --data DIR --out OUT --scorer CKPT --external geometric=DRAWN

Each patch is a small frame with one eye, whose true outlines and gaze stand in for the tracker's: what is
compared is the drawing alone.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vcam.compose import AlphaCompositor
from vcam.geometry import eyeball, patch
from vcam.redirect.geometric import GeometricRedirector, RedirectSettings
from vcam.types import EyeRedirection, EyeRegion, FaceTrack, Frame, Gaze, HeadPose, Image, Redirection

_DISTANCE_MM = 600.0
_CANTHI = (np.array([[-1.0], [1.0]]) * [patch.CANTHUS_SPAN_PX / 2, 0.0]) + [
    (patch.PATCH_SIZE[0] - 1) / 2,
    patch.CANTHUS_Y_PX,
]
"""Inner and outer canthus of every patch, px."""


def track_of(lids: np.ndarray, iris: np.ndarray) -> FaceTrack:
    """A face straight before the camera, whose left eye has these outlines (2, K, 2) and (5,), patch px."""
    inner, outer = _CANTHI.astype(np.float32)
    upper, lower = lids[:, 1:-1].astype(np.float32)
    middle = lids.shape[1] // 2
    openness = float(lids[1, middle, 1] - lids[0, middle, 1]) / patch.CANTHUS_SPAN_PX
    center = iris[:2].astype(np.float32)
    # of a disc seen at an angle only the shorter axis shrinks
    eye = EyeRegion("left", inner, outer, center, upper, lower, float(max(iris[2:4])), 1.0, openness)
    # the camera looks straight at this eye, as the patch frame has it
    place = np.array([0.0, 0.0, _DISTANCE_MM]) - eyeball.eye_center(left=True)
    pose = HeadPose(np.zeros(3, np.float32), place.astype(np.float32))
    return FaceTrack(0, np.zeros((1, 2), np.float32), pose, eye, eye, 1.0)


def drawn(picture: Image, asked: dict[str, Any], redirector: GeometricRedirector) -> Image:
    """The patch (64, 96, 3) BGR as the geometric redirector redraws it."""
    source, target = (Gaze(*asked[key]) for key in ("source_gaze", "target_gaze"))
    still = EyeRedirection(source, source, 0.0)
    frame = Frame(0, 0.0, picture)
    track = track_of(np.array(asked["lids"]), np.array(asked["iris"]))
    eyes = redirector.redirect(frame, track, Redirection(EyeRedirection(source, target, 1.0), still))
    return AlphaCompositor().compose(frame, eyes).image


def main() -> None:
    """Draw every patch."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("pairs", type=Path, help="what --write-pairs wrote")
    ask.add_argument("out", type=Path)
    args = ask.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    redirector = GeometricRedirector(RedirectSettings())
    for asked in json.loads((args.pairs / "pairs.json").read_text()):
        if "lids" not in asked:
            ask.error(f"{args.pairs}/pairs.json has no outlines: write it from renders, cut exactly")
        picture = np.asarray(cv2.imread(str(args.pairs / asked["file"])), np.uint8)
        cv2.imwrite(str(args.out / asked["file"]), drawn(picture, asked, redirector))


if __name__ == "__main__":
    main()
