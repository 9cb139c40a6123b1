"""Labels that follow from the geometry alone: the limbus as an ellipse, the lid margins, the openness."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.synthesis.eyes.assets import RegionTables
from training.synthesis.eyes.cornea import Eyeball
from training.synthesis.eyes.loops import ANTERIOR, INTERIOR, LOOPS, OUTER_CORNER
from training.synthesis.eyes.still import Stills
from training.synthesis.eyes.view import CANTHI_PX
from vcam.geometry.angles import Float

LID_POINTS = 16
_LIMBUS_POINTS = 64


@dataclass(frozen=True, slots=True)
class Labels:
    """Of N pictures, stored px."""

    iris: NDArray[np.float32]
    """(N, 5): center x, y, semi-axes a >= b, angle of a in rad from +x toward +y."""
    lids: NDArray[np.float32]
    """(N, 2, 16, 2) upper and lower margin from the inner to the outer canthus; they coincide where shut."""
    openness: NDArray[np.float32]
    """(N,) greatest height of the fissure over the distance of the canthi."""


def labels_of(tables: RegionTables, eyeball: Eyeball, stills: Stills) -> Labels:
    """The labels of one scene."""
    limbus = eyeball.limbus(_LIMBUS_POINTS) @ stills.eye_rotation.transpose(0, 2, 1)
    iris = np.stack([ellipse(ring) for ring in stills.view.project(limbus + stills.view.translation)])
    lids = np.stack([_lid_lines(tables, stills, mesh) for mesh in stills.control])
    # At the corners the caruncle keeps the margins apart even when the eye is shut.
    height = (lids[:, 1, 4:13, 1] - lids[:, 0, 4:13, 1]).max(axis=1)
    span = float(np.linalg.norm(CANTHI_PX[1] - CANTHI_PX[0]))
    return Labels(iris.astype(np.float32), lids.astype(np.float32), (height / span).astype(np.float32))


def ellipse(ring: Float) -> Float:
    """(5,) ellipse through the image (K, 2) of a circle's evenly spaced points, far from the camera."""
    turn = np.arange(len(ring)) * (2 * np.pi / len(ring))
    axes = 2 / len(ring) * np.stack([ring.T @ np.cos(turn), ring.T @ np.sin(turn)], axis=1)
    directions, lengths, _ = np.linalg.svd(axes)
    angle = np.arctan2(directions[1, 0], directions[0, 0])
    return np.array([*ring.mean(axis=0), *lengths, angle])


def _lid_lines(tables: RegionTables, stills: Stills, control: Float) -> Float:
    """(2, 16, 2) the margins as seen: whichever edge of a lid reaches farther over the ball."""
    rows = tables.refinement[:, LOOPS[[INTERIOR, ANTERIOR]].ravel()].argmax(axis=0)
    skin = tables.refinement[rows] @ control
    seen = stills.view.project(stills.view.to_camera(skin)).reshape(2, 20, 2)
    at = np.linspace(CANTHI_PX[0, 0], CANTHI_PX[1, 0], LID_POINTS)
    upper_edges, lower_edges = seen[:, : OUTER_CORNER + 1], seen[:, [0, *range(19, OUTER_CORNER - 1, -1)]]
    upper = np.max([_height(edge, at) for edge in upper_edges], axis=0)
    lower = np.min([_height(edge, at) for edge in lower_edges], axis=0)
    shut = upper > lower
    meeting = 0.5 * (upper + lower)
    upper, lower = np.where(shut, meeting, upper), np.where(shut, meeting, lower)
    return np.stack([np.stack([at, upper], axis=1), np.stack([at, lower], axis=1)])


def _height(edge: Float, at: Float) -> Float:
    """Row of a line (K, 2) over columns ``at``."""
    order = np.argsort(edge[:, 0])
    return np.interp(at, edge[order, 0], edge[order, 1])
