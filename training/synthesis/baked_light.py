"""Which part of the room's light reaches skin, cloth, hair and eyes, worked out once per person."""

from dataclasses import dataclass

import moderngl
import numpy as np

from training.synthesis.eyeballs import SCLERA_RADIUS_MM
from training.synthesis.face_model import EYEBALL_CENTERS_MM, Index
from training.synthesis.head import Head
from training.synthesis.illumination import Transfer, sphere_directions
from training.synthesis.pose import SIDES
from training.synthesis.renderer import visibility
from vcam.geometry.angles import Float

_DIRECTIONS = 256
_HAIR_SHARE = 0.8
"""Part of the light that a head of hair sends on; the rest is lost among the strands."""


@dataclass(frozen=True, slots=True)
class BakedLight:
    """Light transport of a person at rest, head straight on the shoulders."""

    skin: Transfer
    cloth: Transfer
    hair: Transfer
    eyes: dict[str, Transfer]

    @classmethod
    def bake(
        cls, context: moderngl.Context, head: Head, cloth: tuple[Float, Index, Float], eye_cap: Float
    ) -> "BakedLight":
        """Look out from every vertex of the head and of ``cloth`` (vertices, triangles, normals).

        Args:
            context: where depth pictures are drawn.
            head: the person's head.
            cloth: what they wear, (V, 3) mm, (T, 3) and (V, 3).
            eye_cap: (E, 3) unit normals of an eyeball's visible part.

        """
        directions, used = sphere_directions(_DIRECTIONS), head.used
        points = np.concatenate([head.rest[:used], cloth[0]])
        normals = np.concatenate([head.normals[:used], cloth[2]])
        occluders = (points, np.concatenate([head.triangles, cloth[1] + used]))
        seen = visibility(context, (points, normals), occluders, directions)
        everywhere = np.full((1, _DIRECTIONS), _HAIR_SHARE, np.float32)
        lids = {side: seen[_around_eye(head, side)].mean(axis=0, keepdims=True) for side in SIDES}
        return cls(
            Transfer.from_visibility(directions, seen[:used], normals[:used]),
            Transfer.from_visibility(directions, seen[used:], normals[used:]),
            Transfer.from_visibility(directions, everywhere, head.hair.normals),
            {side: Transfer.from_visibility(directions, lids[side], eye_cap) for side in SIDES},
        )


def _around_eye(head: Head, side: str) -> Index:
    """Numbers of the lids' vertices: an eye sees of the room what they see, on the average."""
    rest = head.rest[: head.used]
    distance = np.linalg.norm(rest - EYEBALL_CENTERS_MM[side], axis=1) - SCLERA_RADIUS_MM
    return np.flatnonzero((distance > 0.3) & (distance < 2) & (rest[:, 2] < 0))
