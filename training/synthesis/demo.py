"""Render the demo clip that ships with GazeCam, and its truth file.

    python -m training.synthesis.demo --ict DIR --eyes DIR --out vcam/sources/demo.mp4 \
        --truth tests/e2e/demo_truth.json

DIR are the imported assets of ICT-FaceKit and of UnityEyes 2. The same seed gives the same clip.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from numpy.typing import NDArray

from training.synthesis import performance
from training.synthesis.camera import Camera
from training.synthesis.errors import RendererUnavailable, SynthesisError
from training.synthesis.head import Assets, Person
from training.synthesis.illumination import RoomLight, Softbox
from training.synthesis.pose import Pose
from training.synthesis.room import room
from training.synthesis.truth import clip_truth
from training.synthesis.webcam import Sensor

if TYPE_CHECKING:
    from training.synthesis.portrait import Portrait

logger = logging.getLogger(__name__)

FPS = 30
CAMERA = Camera.from_horizontal_view(1280, 720, 63.0)
LIGHT = RoomLight(
    softboxes=(
        Softbox((-0.72, -0.42, -0.60), 0.24, 0.34, (16.5, 16.3, 15.8)),  # window
        Softbox((0.85, -0.25, -0.35), 0.30, 0.30, (2.2, 1.8, 1.4)),  # lamp
        Softbox((0.00, 0.42, -0.90), 0.35, 0.20, (1.5, 1.6, 1.7)),  # the screen that is read
    ),
    above=(0.34, 0.34, 0.35),
    below=(0.15, 0.138, 0.13),
)
PERSON = Person(
    identity=tuple(np.random.default_rng(1).normal(0.0, 0.7, 20)),
    eye_scan="m08",
    iris="green",
    hair=(0.034, 0.022, 0.0135),
    sweater=(0.20, 0.235, 0.28),
)
SENSOR = Sensor(exposure=0.70, white_balance=(0.95, 1.0, 1.03))


def poses() -> list[Pose]:
    """One pose per frame; the frame after the last would be the first."""
    return [performance.pose(k / FPS) for k in range(round(performance.DURATION_S * FPS))]


def open_portrait(assets: Assets) -> "Portrait":
    """The demo's person before the demo's camera.

    Raises:
        AssetError: a file is missing.
        RendererUnavailable: moderngl is not installed or OpenGL does not start.

    """
    try:
        from training.synthesis.portrait import Portrait
    except ModuleNotFoundError as error:
        raise RendererUnavailable(f"{error.name} is not installed; it comes with the group train") from error
    return Portrait(CAMERA, LIGHT, PERSON, assets)


def pictures(portrait: "Portrait", moments: Iterable[Pose], seed: int) -> Iterator[NDArray[np.uint8]]:
    """(H, W, 3) BGR frames as the webcam delivers them."""
    wall = room(CAMERA.width, CAMERA.height, np.random.default_rng(seed))
    for k, pose in enumerate(moments):
        drawn = portrait.draw(pose)
        light = np.asarray(drawn[..., :3] + (1 - drawn[..., 3:]) * wall, np.float32)
        yield SENSOR.develop(light, np.random.default_rng((seed, k)))
        if k % FPS == 0:
            logger.info("frame %d", k)


def write_clip(path: Path, frames: Iterable[NDArray[np.uint8]], crf: int) -> None:
    """H.264 in yuv420p; one encoder thread, because its output depends on how many there are."""
    options = {"crf": str(crf), "preset": "slower", "threads": "1", "g": str(2 * FPS)}
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = CAMERA.width, CAMERA.height, "yuv420p"
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))


def main(arguments: list[str] | None = None) -> int:
    """Render; returns the exit code."""
    parser = argparse.ArgumentParser(description="Render the demo clip and its truth file.")
    parser.add_argument("--ict", type=Path, required=True, help="folder with ict_face_model.npz")
    parser.add_argument("--eyes", type=Path, required=True, help="folder with eye_region.npz, skin, iris")
    parser.add_argument("--out", type=Path, required=True, help="clip to write, .mp4")
    parser.add_argument("--truth", type=Path, required=True, help="truth file to write, .json")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--crf", type=int, default=19, help="H.264 quality, lower is better and larger")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")

    try:
        portrait = open_portrait(Assets(given.ict, given.eyes))
    except SynthesisError as error:
        print(error, file=sys.stderr)
        return 1
    moments = poses()
    write_clip(given.out, pictures(portrait, moments, given.seed), given.crf)
    truth = clip_truth(CAMERA, FPS, moments, PERSON.kappa_deg)
    given.truth.write_text(json.dumps(truth, separators=(",", ":")) + "\n", encoding="utf-8")
    logger.info("%s: %d frames, %d bytes", given.out, len(moments), given.out.stat().st_size)
    return 0


if __name__ == "__main__":
    sys.exit(main())
