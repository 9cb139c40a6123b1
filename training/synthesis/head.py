"""One person's head at rest, with all that no pose changes: skin, hair, lids, the eye photograph's place."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.synthesis import scalp, skin
from training.synthesis.eye_scan import EyeScan
from training.synthesis.eyeballs import SCLERA_RADIUS_MM, Lids
from training.synthesis.face_model import EYEBALL_CENTERS_MM, FaceModel, Index, triangles_from_quads, weld
from training.synthesis.illumination import vertex_normals
from training.synthesis.pose import SIDES
from training.synthesis.strands import Strands, lashes
from vcam.geometry.angles import Float


@dataclass(frozen=True, slots=True)
class Assets:
    """Where the imported models lie."""

    ict: Path
    """Folder of ICT-FaceKit: ``ict_face_model.npz``."""
    eyes: Path
    """Folder of UnityEyes 2: ``eye_region.npz``, ``skin``, ``iris``."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits before the camera."""

    identity: tuple[float, ...]
    """Weights of the head model's first identity components."""
    eye_scan: str
    iris: str
    hair: tuple[float, float, float]
    """Linear RGB."""
    sweater: tuple[float, float, float]
    """Linear RGB."""
    pupil_radius_mm: float = 1.9
    kappa_deg: float = 4.0
    """How far the eyeballs' axes point outward of the lines of sight."""
    seed: int = 0


class Head:
    """The head at rest and everything about it that no pose changes."""

    def __init__(self, model: FaceModel, person: Person, scan: EyeScan) -> None:
        self.model = model
        rng = np.random.default_rng(person.seed)
        self.identity = np.asarray(person.identity, np.float64)
        quads = model.quads[model.quads_of("M_Face", "M_BackHead")]
        self.triangles = triangles_from_quads(quads)
        self.places = weld(model.neutral)
        face = triangles_from_quads(model.quads[model.quads_of("M_Face")])
        self.lids = {side: Lids(side, model.neutral, face) for side in SIDES}
        self.rest = self.shape({})
        self.normals = vertex_normals(self.rest, self.triangles, self.places)
        self.used = int(self.triangles.max()) + 1
        self.edges = _welded_edges(self.triangles, self.places)
        self.growth = scalp.growth(self.rest[: self.used])
        self.photo = self._photo_places(scan)
        self.hair = scalp.haircut(self.rest, self.normals, self.triangles, rng)
        self.lashes = lashes(model, rng)

    def shape(self, weights: Mapping[str, float]) -> Float:
        """(V, 3) mm, lids kept on the eyeballs."""
        vertices = self.model.shape(self.identity, weights)
        for lids in self.lids.values():
            lids.lift(vertices)
        return vertices

    def pose_lashes(self, vertices: Float) -> Strands:
        """The lashes on posed vertices (V, 3), head frame."""
        return self.lashes.pose(vertices, np.stack([EYEBALL_CENTERS_MM[side] for side in SIDES]))

    def _photo_places(self, scan: EyeScan) -> Float:
        """(U, 3) place in the eye photograph and how far it may show there."""
        head, result = self.rest[: self.used], np.zeros((self.used, 3))
        for side, sign in (("left", 1.0), ("right", -1.0)):
            center = EYEBALL_CENTERS_MM[side]
            mirror = np.array([sign, 1.0])
            upper, lower = (margin[:, :2] * mirror for margin in self.lids[side].margins(self.rest))
            if sign < 0:
                upper, lower = upper[::-1], lower[::-1]
            mine = sign * head[:, 0] > 0
            local = head[mine] - center
            result[mine, :2] = scan.place(local[:, :2] * mirror, upper, lower)
            reach = np.linalg.norm(local, axis=1)
            share = 1 - skin.smooth_step(46.0, 66.0, reach)
            share *= skin.smooth_step(0.05, 0.35, -self.normals[: self.used][mine, 2])
            share *= skin.smooth_step(0.0, 7.0, np.abs(head[mine, 0]))
            inside = np.linalg.norm(local, axis=1) < SCLERA_RADIUS_MM
            result[mine, 2] = np.where(inside, 0.0, share)
        return result


def _welded_edges(triangles: Index, places: Index) -> Index:
    """(E, 2) edges, and those that join vertices of one place."""
    numbers = np.arange(int(triangles.max()) + 1)
    order = np.argsort(places[numbers], kind="stable")
    same = places[order[:-1]] == places[order[1:]]
    twins = np.stack([order[:-1][same], order[1:][same]], axis=1)
    return np.concatenate([skin.edges_of(triangles), twins])
