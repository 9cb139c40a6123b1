"""How an eyeball turns, how the lids follow, and where they cut it."""

import numpy as np
from numpy.typing import NDArray

from training.synthesis.face_model import EYEBALL_CENTERS_MM, EYEBALL_RADIUS_MM, Index
from vcam.geometry.angles import Float, pitch_yaw_from_vector, vector_from_pitch_yaw

LID_TRAVEL_DOWN = np.radians(30.0)
"""Gaze pitch at which the model's eyeLookDown reaches weight 1, rad."""
LID_TRAVEL_UP = np.radians(25.0)
LID_TRAVEL_SIDE = np.radians(35.0)
SCLERA_RADIUS_MM = EYEBALL_RADIUS_MM - 0.12
"""Where the lids meet the eyeball: just inside the model's own sphere, which they touch."""
BLINK_WEIGHT = 1.15
"""Weight of the model's eyeBlink at which the lids meet once they are kept off the eyeball."""
LID_LIFT_MM = 0.45
LID_SAMPLES = 48
LID_AZIMUTH = np.radians(70.0)


def eye_rotation(gaze_in_head: Float) -> Float:
    """(3, 3) turn, without torsion, of an eyeball at rest along -z onto the unit vector ``gaze_in_head``."""
    rest = np.array([0.0, 0.0, -1.0])
    axis = np.cross(rest, gaze_in_head)
    cosine = float(rest @ gaze_in_head)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1 + cosine)


def eyeball_axis(side: str, sight: Float, kappa_rad: float) -> Float:
    """Where the eyeball's own axis points when the line of sight is the unit vector ``sight`` (head frame).

    The fovea lies off the axis, so the axis points outward of what is looked at by the angle kappa;
    without that, eyes that read at half a meter seem to squint.
    """
    pitch, yaw = pitch_yaw_from_vector(sight)
    outward = -kappa_rad if side == "left" else kappa_rad
    return vector_from_pitch_yaw(pitch, yaw + outward)


def lid_weights(side: str, gaze_in_head: Float, blink: float) -> dict[str, float]:
    """Expression weights of one eye's lids: they follow the gaze, and a blink takes over from that.

    Args:
        side: "left" or "right", the subject's.
        gaze_in_head: (3,) unit gaze in the head frame.
        blink: 0 open to 1 closed.

    """
    pitch, yaw = (float(a) for a in pitch_yaw_from_vector(gaze_in_head))
    suffix = side[0].upper()
    inward = yaw if side == "left" else -yaw
    follow = 1.0 - blink
    return {
        f"eyeLookDown_{suffix}": follow * max(0.0, -pitch / LID_TRAVEL_DOWN),
        f"eyeLookUp_{suffix}": follow * max(0.0, pitch / LID_TRAVEL_UP),
        f"eyeLookIn_{suffix}": follow * max(0.0, inward / LID_TRAVEL_SIDE),
        f"eyeLookOut_{suffix}": follow * max(0.0, -inward / LID_TRAVEL_SIDE),
        f"eyeBlink_{suffix}": BLINK_WEIGHT * blink,
    }


class Lids:
    """The two lids of one eye: keeps them on the eyeball and tells where they cut it."""

    def __init__(self, side: str, neutral: Float, face_triangles: Index) -> None:
        """``face_triangles`` (T, 3): the outer skin, which folds into the eyeball at the margins."""
        self._center = EYEBALL_CENTERS_MM[side]
        local = neutral - self._center
        radius = np.linalg.norm(local, axis=1)
        near = (radius < EYEBALL_RADIUS_MM + 6) & (local[:, 2] < 0)
        triangles = face_triangles[near[face_triangles].all(axis=1)]
        outer = radius >= SCLERA_RADIUS_MM
        self._skin = np.unique(triangles)
        self._skin = self._skin[outer[self._skin]]
        # The fold is the last ring of skin outside the eyeball: its vertices have a neighbor inside.
        folding = ~outer[triangles].all(axis=1)
        self._fold = np.intersect1d(np.unique(triangles[folding]), self._skin)
        azimuth, elevation = _angles(neutral[self._fold] - self._center)
        self._corners = [int(azimuth.argmin()), int(azimuth.argmax())]
        straight = np.interp(azimuth, azimuth[self._corners], elevation[self._corners])
        self._is_upper = elevation > straight

    def lift(self, vertices: Float) -> None:
        """Push skin (V, 3), in place, out of the eyeball: straight offsets cut through the sphere."""
        local = vertices[self._skin] - self._center
        lowest = (SCLERA_RADIUS_MM + LID_LIFT_MM) / np.linalg.norm(local, axis=1, keepdims=True)
        vertices[self._skin] = self._center + local * np.maximum(1.0, lowest)

    def profile(self, vertices: Float) -> NDArray[np.float32]:
        """(LID_SAMPLES, 2) elevation of the upper and the lower margin, rad, over azimuths -/+ LID_AZIMUTH.

        Azimuth grows toward +x and elevation upward, both seen from the eyeball center; beyond the
        corners both margins run on at the corner's elevation.
        """
        azimuth, elevation = _angles(vertices[self._fold] - self._center)
        grid = np.linspace(-LID_AZIMUTH, LID_AZIMUTH, LID_SAMPLES)
        lines: list[Float] = []
        for is_upper in (True, False):
            chosen = self._is_upper == is_upper
            chosen[self._corners] = True
            order = np.argsort(azimuth[chosen])
            lines.append(np.interp(grid, azimuth[chosen][order], elevation[chosen][order]))
        return np.stack(lines, axis=1).astype(np.float32)

    def margins(self, vertices: Float) -> tuple[Float, Float]:
        """Upper and lower margin, each (LID_SAMPLES, 3) mm from the eyeball center, by growing x."""
        profile = self.profile(vertices).astype(np.float64)
        azimuth, _ = _angles(vertices[self._fold] - self._center)
        first, last = (azimuth[k] for k in self._corners)
        at = np.linspace(first, last, LID_SAMPLES)
        grid = np.linspace(-LID_AZIMUTH, LID_AZIMUTH, LID_SAMPLES)
        upper, lower = (_on_sphere(at, np.interp(at, grid, profile[:, k])) for k in range(2))
        return upper, lower


def _angles(points: Float) -> tuple[Float, Float]:
    """Azimuth toward +x and elevation upward (N,) of points (N, 3) about the origin, rad."""
    return np.arctan2(points[:, 0], -points[:, 2]), np.arcsin(-points[:, 1] / np.linalg.norm(points, axis=1))


def _on_sphere(azimuth: Float, elevation: Float) -> Float:
    """(N, 3) points of the eyeball at the given angles."""
    level = np.cos(elevation)
    unit = np.stack([level * np.sin(azimuth), -np.sin(elevation), -level * np.cos(azimuth)], axis=1)
    return SCLERA_RADIUS_MM * unit
