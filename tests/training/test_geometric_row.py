"""The geometric redirector as a row of the training table, on a patch drawn by formula."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("torch", reason="the training group is not installed")

from benchmarks import geometric_pairs
from training.data.samples import EyeSample
from training.evaluation.outlines import source_outlines
from vcam.geometry.patch import PATCH_SIZE
from vcam.redirect.geometric import GeometricRedirector, RedirectSettings

LIDS = np.stack(
    [
        np.column_stack([np.linspace(21.5, 73.5, 16), 35.5 + s * np.sin(np.linspace(0, np.pi, 16)) * 9])
        for s in (-1, 1)
    ]
)
IRIS = [47.5, 35.5, 10.0, 10.0, 0.0]


def eye() -> np.ndarray:
    """A white eye with a dark iris between skin-colored lids, (64, 96, 3) BGR."""
    picture = np.full((*PATCH_SIZE[::-1], 3), (120, 150, 200), np.uint8)
    inside = np.zeros(PATCH_SIZE[::-1], np.uint8)
    cv2.fillPoly(inside, [np.rint(np.concatenate([LIDS[0], LIDS[1][::-1]])).astype(np.int32)], 255)
    ball = np.full_like(picture, 225)
    cv2.circle(ball, (47, 35), 10, (50, 40, 30), -1, cv2.LINE_AA)
    picture[inside > 0] = ball[inside > 0]
    return picture


def asked(pitch_deg: float, yaw_deg: float) -> dict[str, object]:
    target = np.radians([pitch_deg, yaw_deg]).tolist()
    return {
        "file": "0000000.png",
        "source_gaze": [0.0, 0.0],
        "target_gaze": target,
        "lids": LIDS.tolist(),
        "iris": IRIS,
    }


def iris_column(picture: np.ndarray) -> float:
    """Mean column of the dark pixels in the middle rows."""
    return float(np.argwhere(picture[32:40, 22:74, 1] < 90)[:, 1].mean()) + 22


def test_the_iris_goes_to_the_side_that_is_asked_for() -> None:
    redirector, before = GeometricRedirector(RedirectSettings()), iris_column(eye())
    left, right = (iris_column(geometric_pairs.drawn(eye(), asked(0, yaw), redirector)) for yaw in (10, -10))
    # a sphere of 10.5 mm in patches of 30 mm per 52 px moves its iris by 3.2 px
    assert left - before == pytest.approx(-3.2, abs=0.8)
    assert right - before == pytest.approx(3.2, abs=0.8)


def test_a_patch_is_drawn_for_every_pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pairs.json").write_text(json.dumps([asked(0, 10)]))
    cv2.imwrite(str(tmp_path / "0000000.png"), eye())
    monkeypatch.setattr("sys.argv", ["geometric_pairs", str(tmp_path), str(tmp_path / "drawn")])
    geometric_pairs.main()
    made = cv2.imread(str(tmp_path / "drawn" / "0000000.png"))
    assert made is not None
    assert np.abs(made.astype(int) - eye()).max() > 50


def test_outlines_turn_and_shrink_with_the_patch() -> None:
    picture, none = np.zeros((120, 168, 3), np.uint8), np.zeros(2, np.float32)
    # the canthi 104 px apart, twice the patch's 52, one above the other: the patch turns by 90 degrees
    canthi = np.array([[80.0, 8.0], [80.0, 112.0]], np.float32)
    ends = np.tile(canthi, (2, 1, 1))
    iris = np.array([80.0, 60.0, 20.0, 16.0, 0.0], np.float32)
    sample = EyeSample(picture, picture, none, none, none, canthi, "f01", source_lids=ends, source_iris=iris)
    outlines = source_outlines(sample)
    assert np.allclose(outlines["lids"], np.tile([[21.5, 35.5], [73.5, 35.5]], (2, 1, 1)), atol=1e-3)
    assert np.allclose(outlines["iris"], [47.5, 35.5, 10.0, 8.0, -np.pi / 2], atol=1e-3)
