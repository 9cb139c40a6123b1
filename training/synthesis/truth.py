"""What is known exactly of each rendered frame, as plain numbers for a JSON file."""

import math
from typing import Any

import numpy as np

from training.synthesis.camera import Camera
from training.synthesis.eyeballs import eyeball_axis
from training.synthesis.pose import SIDES, Pose
from vcam.geometry.angles import Float, pitch_yaw_from_vector

CONVENTION = (
    "Camera frame: x right, y down, z into the scene, mm. Angles are [pitch, yaw] in degrees by "
    "vcam/geometry/angles.py: (0, 0) parallel to the optical axis toward the camera, pitch up positive, "
    "yaw toward image left positive. Left and right are the subject's. gaze_deg is the line of sight, from "
    "the eyeball center to what is looked at; eyeball_axis_deg is where the iris as drawn points, which is "
    "farther outward by kappa_deg. x_camera = R(head_rotation_rad) @ x_head + head_translation_mm; the head "
    "frame's origin lies midway between the eyeball centers. lid_opening is 1 minus the blink; it does not "
    "count how the lids follow the gaze. Pixel centers lie at integer coordinates."
)


def clip_truth(camera: Camera, fps: int, poses: list[Pose], kappa_deg: float) -> dict[str, Any]:
    """The whole file's content; ``poses`` holds one pose per frame."""
    return {
        "convention": CONVENTION,
        "camera": {"width": camera.width, "height": camera.height, "focal_px": round(camera.focal_px, 3)},
        "fps": fps,
        "kappa_deg": kappa_deg,
        "frames": [frame_truth(pose, math.radians(kappa_deg)) for pose in poses],
    }


def frame_truth(pose: Pose, kappa_rad: float) -> dict[str, Any]:
    """The truth of one frame, rounded to what the picture can show."""
    turn = pose.turn
    axes = {side: turn @ eyeball_axis(side, turn.T @ pose.gaze[side], kappa_rad) for side in SIDES}
    return {
        "gaze_deg": {side: gaze_deg(pose.gaze[side]) for side in SIDES},
        "eyeball_axis_deg": {side: gaze_deg(axes[side]) for side in SIDES},
        "eyeball_center_mm": {side: _rounded(pose.eyeball_center(side), 2) for side in SIDES},
        "lid_opening": {side: round(1 - pose.blink[side], 3) for side in SIDES},
        "head_rotation_rad": _rounded(pose.rotation, 5),
        "head_translation_mm": _rounded(pose.translation, 2),
    }


def gaze_deg(direction: Float) -> list[float]:
    """[pitch, yaw] of a gaze vector (3,), degrees."""
    return _rounded(np.degrees(np.array(pitch_yaw_from_vector(direction))), 3)


def _rounded(values: Float, digits: int) -> list[float]:
    return [round(float(v), digits) for v in values]
