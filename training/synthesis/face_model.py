"""The ICT-FaceKit head: identity and expression offsets on one mesh, without textures.

Convention
    Head frame: x to the subject's left, y down, z backward into the head, mm, origin midway
    between the eyeball centers; a head that faces the camera has the camera frame's axes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.synthesis.errors import AssetError
from vcam.geometry.angles import Float

Index = NDArray[np.int64]

EYEBALL_CENTERS_MM = {"left": np.array([31.16, 0.0, 0.0]), "right": np.array([-31.16, 0.0, 0.0])}
EYEBALL_RADIUS_MM = 15.77
_EYES_MIDPOINT_CM = np.array([0.0, 3.602, 7.982])
_FILE_TO_HEAD = np.array([10.0, -10.0, -10.0])  # the file is in cm with y up and z forward


@dataclass(frozen=True, slots=True)
class FaceModel:
    """The morphable head of ``ict_face_model.npz``."""

    neutral: Float
    """(V, 3) mm."""
    identity: NDArray[np.float32]
    """(100, V, 3) offsets in mm per unit weight."""
    expression: NDArray[np.float32]
    """(57, V, 3) offsets in mm per unit weight."""
    expression_names: tuple[str, ...]
    quads: Index
    quad_uvs: Index
    uv: Float
    """(U, 2), row 0 at the bottom."""
    quad_material: NDArray[np.uint8]
    materials: tuple[str, ...]

    @classmethod
    def load(cls, folder: Path) -> "FaceModel":
        """Read ``folder/ict_face_model.npz``.

        Raises:
            AssetError: the file is missing or lacks an array.

        """
        path = folder / "ict_face_model.npz"
        try:
            with np.load(path) as data:
                return cls(
                    (data["neutral"].astype(np.float64) - _EYES_MIDPOINT_CM) * _FILE_TO_HEAD,
                    data["identity"] * _FILE_TO_HEAD.astype(np.float32),
                    data["expression"] * _FILE_TO_HEAD.astype(np.float32),
                    tuple(str(name) for name in data["expression_names"]),
                    data["quads"].astype(np.int64),
                    data["quad_uvs"].astype(np.int64),
                    data["uv"].astype(np.float64),
                    data["quad_material"],
                    tuple(str(name) for name in data["materials"]),
                )
        except (OSError, KeyError, ValueError) as error:
            raise AssetError(f"{path}: expected the ICT-FaceKit arrays, got {error!r}; see --ict") from error

    def shape(self, identity: Float, weights: Mapping[str, float]) -> Float:
        """Vertices (V, 3) mm of one person with one expression.

        Args:
            identity: (n,) weights of the first n identity components.
            weights: expression name to weight, 0 to 1.

        """
        vertices = self.neutral + np.tensordot(identity, self.identity[: len(identity)], 1)
        for name, weight in weights.items():
            if weight:
                vertices += weight * self.expression[self.expression_names.index(name)]
        return vertices

    def quads_of(self, *materials: str) -> Index:
        """Numbers of the quads that wear one of ``materials``."""
        return np.flatnonzero(np.isin(self.quad_material, [self.materials.index(m) for m in materials]))


def triangles_from_quads(quads: Index) -> Index:
    """(2 Q, 3) triangles of (Q, 4) quads."""
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def weld(vertices: Float) -> Index:
    """For each vertex the number of its place, equal for vertices that coincide (seams)."""
    return np.unique(np.round(vertices, 2), axis=0, return_inverse=True)[1].reshape(-1)
