"""A calibration in the real estimator: what the demo's renderer knows of the gaze, given to it as one."""

import json
from contextlib import ExitStack, closing
from pathlib import Path

import numpy as np
import pytest

from engines import zoo_path
from vcam.calibration import Calibration, observation
from vcam.eyepatches import PatchCutter
from vcam.gaze.fused import FusedGazeEstimator
from vcam.gaze.geometric import GeometricGazeEstimator
from vcam.gaze.learned import LearnedGaze
from vcam.gaze.offsets import offset_at
from vcam.gaze.settings import GazeSettings
from vcam.model import MODELS, open_model
from vcam.sources.demo import DemoSource
from vcam.track import MeshTracker, TrackingSettings
from vcam.types import Gaze

pytestmark = pytest.mark.timeout(300)

TRUTH = json.loads(Path(__file__).with_name("demo_truth.json").read_text("utf-8"))["frames"]
SIDES = ("left", "right")
OPEN = np.array([min(truth["lid_opening"].values()) > 0.9 for truth in TRUTH])
KNOWN = OPEN & (np.arange(len(TRUTH)) % 2 == 0)
JUDGED = OPEN & (np.arange(len(TRUTH)) % 2 == 1)


def true_offset(truth: dict[str, dict[str, list[float]]]) -> np.ndarray:
    """(2,) mean iris offset of the lines of sight."""
    offsets = []
    for side in SIDES:
        x, y, z = truth["eyeball_center_mm"][side]
        gaze = Gaze(*np.radians(truth["gaze_deg"][side]).tolist())
        offsets.append(offset_at(gaze, np.array([x / z, y / z])))
    return np.mean(offsets, axis=0)


def read_with(calibration: Calibration | None) -> np.ndarray:
    """(N, 2) offsets that the shipped estimator reads off the demo."""
    with ExitStack() as stack:
        demo = stack.enter_context(closing(DemoSource(realtime=False)))
        tracker = stack.enter_context(closing(MeshTracker(TrackingSettings())))
        model = stack.enter_context(
            closing(open_model(zoo_path("gaze_runtime"), MODELS["gaze_runtime"], "cpu"))
        )
        parts = GeometricGazeEstimator(GazeSettings()), LearnedGaze(model, PatchCutter())
        estimator = FusedGazeEstimator(*parts, GazeSettings())
        estimator.calibrate(calibration)
        offsets = []
        for _ in TRUTH:
            frame = demo.read()
            assert frame
            track = tracker.track(frame)
            assert track
            offsets.append(observation("face", 1.0, track, estimator.estimate(frame, track)).offset)
    return np.array(offsets)


def error_deg(read: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(2,) median error of yaw and pitch in the frames that nothing was learned from."""
    return np.degrees(np.median(np.abs(read - true)[JUDGED], axis=0))


def test_offset_and_scale_that_the_truth_asks_for_bring_the_estimate_to_it():
    true, plain = np.array([true_offset(truth) for truth in TRUTH]), read_with(None)
    lines = [np.polyfit(plain[KNOWN, axis], true[KNOWN, axis], 1) for axis in range(2)]
    (yaw_scale, yaw_start), (pitch_scale, pitch_start) = lines
    calibration = Calibration(
        pitch_offset_deg=float(np.degrees(-pitch_start / pitch_scale)),
        yaw_offset_deg=float(np.degrees(-yaw_start / yaw_scale)),
        pitch_scale=float(pitch_scale),
        yaw_scale=float(yaw_scale),
        screen_pitch_deg=0.0,
        screen_yaw_deg=0.0,
        made_at="2026-11-21T06:00:00+00:00",
        samples=int(KNOWN.sum()),
        spread_deg=0.0,
    )
    before, after = error_deg(plain, true), error_deg(read_with(calibration), true)
    # measured: yaw 0.51 to 0.39, pitch 2.64 to 0.69 degrees; pitch must be scaled by 1.43, yaw by 0.93
    assert after[1] < before[1] / 2
    assert after[0] < 1.1 * before[0]
