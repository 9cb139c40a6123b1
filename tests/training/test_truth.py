import json

import numpy as np
import pytest

from training.synthesis.camera import Camera
from training.synthesis.pose import Pose, unit
from training.synthesis.truth import clip_truth, frame_truth, gaze_deg

BEFORE_THE_LENS = np.array([0.0, 0.0, 500.0])


def still(looking_at: np.ndarray, rotation: np.ndarray | None = None) -> Pose:
    pose = Pose(
        rotation=np.zeros(3) if rotation is None else rotation,
        translation=BEFORE_THE_LENS,
        shoulders=BEFORE_THE_LENS,
        gaze={},
        blink={"left": 0.0, "right": 0.25},
    )
    pose.gaze.update({side: unit(looking_at - pose.eyeball_center(side)) for side in ("left", "right")})
    return pose


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ((0.0, 0.0, -1.0), (0.0, 0.0)),
        ((0.0, 0.1, -1.0), (-5.711, 0.0)),  # y points down: below the lens is negative pitch
        ((0.0, -0.1, -1.0), (5.711, 0.0)),
        ((-0.1, 0.0, -1.0), (0.0, 5.711)),  # toward image left is positive yaw
        ((0.1, 0.0, -1.0), (0.0, -5.711)),
    ],
)
def test_angles_follow_the_convention(direction: tuple[float, ...], expected: tuple[float, ...]) -> None:
    assert gaze_deg(unit(np.array(direction))) == pytest.approx(expected, abs=1e-3)


def test_the_subjects_left_eye_is_on_image_right() -> None:
    centers = frame_truth(still(np.zeros(3)), 0.0)["eyeball_center_mm"]
    assert centers["left"][0] > 0 > centers["right"][0]


def test_eyes_that_meet_the_lens_turn_inward() -> None:
    gaze = frame_truth(still(np.zeros(3)), 0.0)["gaze_deg"]
    assert gaze["left"][1] == pytest.approx(3.566, abs=0.01)
    assert gaze["right"][1] == pytest.approx(-3.566, abs=0.01)


def test_kappa_turns_the_drawn_axes_outward() -> None:
    truth = frame_truth(still(np.zeros(3)), np.radians(4.0))
    for side, outward in (("left", -4.0), ("right", 4.0)):
        pitch, yaw = truth["eyeball_axis_deg"][side]
        assert pitch == pytest.approx(truth["gaze_deg"][side][0], abs=0.01)
        assert yaw - truth["gaze_deg"][side][1] == pytest.approx(outward, abs=0.01)


def test_lid_opening_is_one_minus_the_blink() -> None:
    assert frame_truth(still(np.zeros(3)), 0.0)["lid_opening"] == {"left": 1.0, "right": 0.75}


def test_the_head_turns_about_the_point_between_the_eyes() -> None:
    pose = still(np.zeros(3), rotation=np.array([0.0, 0.2, 0.0]))
    truth = frame_truth(pose, 0.0)
    middle = np.mean([truth["eyeball_center_mm"][side] for side in ("left", "right")], axis=0)
    np.testing.assert_allclose(middle, BEFORE_THE_LENS, atol=0.01)
    assert truth["head_rotation_rad"] == [0.0, 0.2, 0.0]


def test_the_file_is_plain_json() -> None:
    camera = Camera.from_horizontal_view(1280, 720, 63.0)
    content = clip_truth(camera, 30, [still(np.zeros(3))], kappa_deg=4.0)
    assert json.loads(json.dumps(content)) == content
    assert content["camera"]["focal_px"] == pytest.approx(1044.39, abs=0.05)
