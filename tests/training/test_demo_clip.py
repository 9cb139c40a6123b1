"""The clip that ships: its format, and that a face tracker sees in it what the truth file tells."""

import json
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from training.synthesis.demo import CAMERA, FPS, main
from training.synthesis.pose import SIDES
from vcam.facemesh import open_face_mesh

ROOT = Path(__file__).parents[2]
CLIP, TRUTH = ROOT / "vcam/sources/demo.mp4", ROOT / "tests/e2e/demo_truth.json"
INNER_OUTER_IRIS = {"left": (362, 263, 473), "right": (133, 33, 468)}  # MediaPipe mesh points


@cache
def truth() -> dict[str, Any]:
    return json.loads(TRUTH.read_text(encoding="utf-8"))


def frames() -> Iterator[np.ndarray]:
    with av.open(str(CLIP)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24")


@cache
def tracked() -> dict[int, np.ndarray]:
    """Mesh points (478, 2) px of every sixth frame in which a face was found."""
    mesh = open_face_mesh(None)
    seen = {k: mesh.find(picture, k / FPS) for k, picture in enumerate(frames()) if k % 6 == 0}
    mesh.close()
    return {k: points for k, points in seen.items() if points is not None}


def test_the_clip_is_small_and_plays_everywhere() -> None:
    assert CLIP.stat().st_size < 2_000_000
    with av.open(str(CLIP)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (1280, 720, 30)


def test_clip_and_truth_have_the_same_frames() -> None:
    assert sum(1 for _ in frames()) == len(truth()["frames"]) == 240
    assert truth()["camera"] == {"width": 1280, "height": 720, "focal_px": round(CAMERA.focal_px, 3)}


def test_the_last_frame_leads_into_the_first() -> None:
    """Going round must show no more than a key frame does, which the encoder starts afresh as well."""
    small = [cv2.resize(p, (160, 90), interpolation=cv2.INTER_AREA).astype(np.float32) for p in frames()]
    steps = [float(np.abs(a - b).mean()) for a, b in pairwise(small)]
    with av.open(str(CLIP)) as container:
        keys = [k for k, frame in enumerate(container.decode(video=0)) if frame.key_frame and k > 0]
    assert np.abs(small[-1] - small[0]).mean() < 1.5 * np.median([steps[k - 1] for k in keys])


def test_the_tracker_finds_the_face_in_every_frame_tried() -> None:
    assert len(tracked()) == 40


@pytest.mark.parametrize("side", SIDES)
def test_the_eyes_are_where_the_truth_says(side: str) -> None:
    inner, outer, _ = INNER_OUTER_IRIS[side]
    for k, points in tracked().items():
        center = CAMERA.project(np.array(truth()["frames"][k]["eyeball_center_mm"][side]))
        width = np.linalg.norm(points[inner] - points[outer])
        assert np.linalg.norm(points[[inner, outer]].mean(axis=0) - center) < 0.25 * width


@pytest.mark.parametrize("side", SIDES)
def test_the_iris_follows_the_true_yaw(side: str) -> None:
    inner, outer, iris = INNER_OUTER_IRIS[side]
    right_to_left = np.array([1.0 if side == "left" else -1.0])
    offsets, yaws = [], []
    for k, points in tracked().items():
        frame = truth()["frames"][k]
        # A turned head moves the iris between the corners too, so only the frames that face the lens count.
        if frame["lid_opening"][side] > 0.95 and abs(frame["head_rotation_rad"][1]) < 0.06:
            span = (points[outer] - points[inner]) * right_to_left
            middle = points[[inner, outer]].mean(axis=0)
            offsets.append(float((points[iris] - middle) @ span / (span @ span)))
            yaws.append(frame["gaze_deg"][side][1])
    assert np.corrcoef(offsets, yaws)[0, 1] < -0.9  # yaw is positive toward image left, x toward image right


def test_missing_assets_end_with_a_message_and_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("moderngl", reason="moderngl (group train) is not installed")
    out, told = str(tmp_path / "demo.mp4"), str(tmp_path / "truth.json")
    code = main(["--ict", str(tmp_path), "--eyes", str(tmp_path), "--out", out, "--truth", told])
    assert code == 1
    assert "eye_region.npz" in capsys.readouterr().err
    assert not Path(out).exists()
