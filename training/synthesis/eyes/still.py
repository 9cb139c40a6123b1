"""The geometry of one scene, gaze by gaze: what the renderer draws and what the labels describe."""

from dataclasses import dataclass

import numpy as np

from training.synthesis.eyeballs import eye_rotation
from training.synthesis.eyes.assets import RegionTables
from training.synthesis.eyes.lids import LidPose, Lids
from training.synthesis.eyes.region import canthi, rest_shape
from training.synthesis.eyes.scene import Scene
from training.synthesis.eyes.view import View
from vcam.geometry.angles import Float, pitch_yaw_from_vector, vector_from_pitch_yaw

SHUT_COLOR_AT = 0.6
"""Closing at which the skin has wholly the color of a lid that looks down."""


@dataclass(frozen=True, slots=True)
class Stills:
    """N gazes of one scene; the eyeball's center is the region frame's origin."""

    view: View
    control: Float
    """(N, 229, 3) control meshes, region frame, mm."""
    eye_rotation: Float
    """(N, 3, 3) eye frame to camera frame."""
    axis: Float
    """(N, 2) pitch and yaw of the optical axis, patch frame, rad."""
    closing: Float
    """(N,) how far the lids are shut: 1 wholly, below 0 where the gaze opens them wide."""

    @classmethod
    def of(cls, tables: RegionTables, scene: Scene) -> "Stills":
        """Pose the lids and the eyeball for all gazes of a scene."""
        radius = scene.eyeball.radius_mm
        rest = rest_shape(tables, scene.shape, radius)
        view = View.onto(canthi(rest), scene.head, scene.distance_mm)
        gaze = np.array([(g.pitch, g.yaw) for g in scene.gazes])
        axis = gaze + np.asarray(scene.kappa)
        in_head = vector_from_pitch_yaw(axis[:, 0], axis[:, 1]) @ view.rotation
        lids = Lids(rest, radius, scene.habit)
        pitch, yaw = pitch_yaw_from_vector(in_head)
        poses = [
            LidPose(float(p), float(y), g.blink) for p, y, g in zip(pitch, yaw, scene.gazes, strict=True)
        ]
        closing = np.array([lids.closing(pose) for pose in poses])
        return cls(
            view,
            np.stack([lids.pose(pose) for pose in poses]),
            np.stack([view.rotation @ eye_rotation(direction) for direction in in_head]),
            axis,
            closing,
        )

    @property
    def look_down(self) -> Float:
        """(N,) share of the look-down photograph."""
        return np.clip(self.closing / SHUT_COLOR_AT, 0, 1) ** 2
