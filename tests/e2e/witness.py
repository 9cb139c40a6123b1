"""A second, independent look at the eyes, for what the product may not judge of itself.

It knows nothing of ``vcam``: MediaPipe finds the face anew, and MediaPipe's own lists say what is an eye.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

GROWTH = 0.6
"""Eye widths beyond the lids within which pixels may change (DESIGN: room for an upper lid to move)."""

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Eyes:
    """The outlines (N, 2) of both eyes in a picture, px."""

    outlines: tuple[NDArray[np.float32], ...]
    shape: tuple[int, int]

    @property
    def openness(self) -> float:
        """Area over squared width of the eye that is open less; about 0.2 open, under 0.1 closed."""
        return min(cv2.contourArea(outline) / _width(outline) ** 2 for outline in self.outlines)

    def grown(self, by_widths: float = GROWTH) -> Mask:
        """(H, W): inside an eye's outline, or no farther from it than so many of its own widths."""
        area = np.zeros(self.shape, bool)
        for outline in self.outlines:
            beyond = np.ones(self.shape, np.uint8)
            cv2.fillPoly(beyond, [np.round(outline).astype(np.int32)], 0)
            distance = cv2.distanceTransform(beyond, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
            area |= distance <= by_widths * _width(outline)
        return area


class Witness:
    """Finds the eyes in one picture after another."""

    def __init__(self) -> None:
        from mediapipe import solutions
        from mediapipe.python.solutions import face_mesh_connections as parts

        self._mesh = solutions.face_mesh.FaceMesh(refine_landmarks=True, max_num_faces=1)
        self._eyes = [
            sorted({point for edge in edges for point in edge})
            for edges in (parts.FACEMESH_LEFT_EYE, parts.FACEMESH_RIGHT_EYE)
        ]

    def eyes(self, image: Pixels) -> Eyes:
        """The eyes in a picture (H, W, 3) BGR of one face; ``AssertionError`` where there is none."""
        found = self._mesh.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB)).multi_face_landmarks
        assert found, "MediaPipe sees no face"
        height, width = image.shape[:2]
        points = np.array([(p.x * width, p.y * height) for p in found[0].landmark], np.float32) - 0.5
        outlines = tuple(cv2.convexHull(points[eye])[:, 0] for eye in self._eyes)
        return Eyes(outlines, (height, width))

    def close(self) -> None:
        self._mesh.close()


def _width(outline: NDArray[np.float32]) -> float:
    """Canthus to canthus: no two points of an eye lie farther apart."""
    return 2 * cv2.minEnclosingCircle(outline)[1]


def changed(before: Pixels, after: Pixels) -> Mask:
    """(H, W): which pixels differ in any channel."""
    blue, green, red = np.moveaxis(before != after, 2, 0)
    return blue | green | red


def apart(one: Pixels, other: Pixels, where: Mask) -> float:
    """Mean absolute difference of two pictures in a part of them, of 255."""
    return float(np.abs(one.astype(np.int16) - other)[where].mean())
