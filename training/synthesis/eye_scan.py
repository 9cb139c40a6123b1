"""A photographed eye region (UnityEyes 2) laid onto the head model around both eyes."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.synthesis.errors import AssetError
from vcam.geometry.angles import Float

# Control-mesh vertices from the inner corner over the upper lid to the outer corner and back.
INTERIOR_MARGIN = (33, 32, 25, 13, 14, 15, 16, 17, 18, 132, 131, 130, 6, 2, 1, 7, 8, 0, 28, 30)
OUTER_CORNER = 10  # position in the loop
FEATHER_PX = 90
EVENING_PX, EVENING_SHARE = 110.0, 0.6


def thin_plate(sources: Float, targets: Float, points: Float, stiffness: float = 0.0) -> Float:
    """Map ``points`` (N, 2) by the thin-plate spline that takes ``sources`` (K, 2) to ``targets`` (K, C)."""

    def kernel(a: Float, b: Float) -> Float:
        square = ((a[:, None] - b[None]) ** 2).sum(axis=-1)
        return square * np.log(square + 1e-12)

    count = len(sources)
    affine = np.column_stack([np.ones(count), sources])
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = kernel(sources, sources) + stiffness * np.eye(count)
    system[:count, count:], system[count:, :count] = affine, affine.T
    solution = np.linalg.solve(system, np.vstack([targets, np.zeros((3, targets.shape[1]))]))
    return (
        kernel(points, sources) @ solution[:count]
        + np.column_stack([np.ones(len(points)), points]) @ (solution[count:])
    )


def resample_loop(points: Float, count: int) -> Float:
    """(count, 2) points at equal steps of length along the polyline ``points`` (N, 2), both ends kept."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    at = np.linspace(0, length[-1], count)
    return np.stack([np.interp(at, length, points[:, k]) for k in range(2)], axis=1)


@dataclass(frozen=True, slots=True)
class EyeScan:
    """One person's eye region: pictures and where the control mesh lies in them."""

    color: NDArray[np.uint8]
    """(1024, 1024, 4) BGR and alpha, feathered toward the picture's filled border; row 0 at the top."""
    color_down: NDArray[np.uint8]
    """(1024, 1024, 4) the same person looking down."""
    plain_color: Float
    """(3,) BGR 0 to 255 of the skin where the picture fades out."""
    front: Float
    """(K, 2) control vertices seen from the front, mm from the eyeball center: x outward, y down."""
    uv: Float
    """(K, 2) their places in the picture, row 0 at the bottom."""

    @classmethod
    def load(cls, folder: Path, person: str) -> "EyeScan":
        """Read ``folder/eye_region.npz`` and the pictures ``folder/skin/PERSON_color*.jpg``.

        Raises:
            AssetError: a file is missing or cannot be decoded.

        """
        try:
            with np.load(folder / "eye_region.npz") as data:
                vertices, uv = data["eye_region_vertices"] * 1000.0, data["eye_region_uv"]
        except (OSError, KeyError, ValueError) as error:
            message = f"{folder}/eye_region.npz: expected the UnityEyes 2 meshes, got {error!r}; see --eyes"
            raise AssetError(message) from error
        pictures = [read_picture(folder / "skin" / f"{person}_color{end}.jpg") for end in ("", "_look_down")]
        border = pictures[0][-3, -3].astype(np.float64)
        alpha = _feathered(pictures[0], border)
        fading = (alpha > 10) & (alpha < 160)
        plain = np.median(pictures[0][fading], axis=0)
        with_alpha = [np.dstack([_evened(picture, alpha, plain), alpha]) for picture in pictures]
        front = np.stack([vertices[:, 0], -vertices[:, 2]], axis=1).astype(np.float64)
        return cls(with_alpha[0], with_alpha[1], plain, front, uv.astype(np.float64))

    def place(self, front: Float, upper_lid: Float, lower_lid: Float) -> Float:
        """Where points of a head lie in the picture, lid margin on lid margin.

        Args:
            front: (N, 2) points seen from the front, mm from the eyeball center, x outward, y down.
            upper_lid: (M, 2) the head's upper margin, inner to outer corner.
            lower_lid: (M, 2) the lower one, inner to outer corner.

        Returns:
            (N, 2) picture coordinates, 0 to 1, row 0 at the bottom.

        """
        loop = self.front[list(INTERIOR_MARGIN)]
        ends = (loop[: OUTER_CORNER + 1], np.vstack([loop[:1], loop[: OUTER_CORNER - 1 : -1]]))
        count = 12
        here = [resample_loop(lid, count) for lid in (upper_lid, lower_lid)]
        there = [resample_loop(lid, count) for lid in ends]
        # Far from the lids both faces are measured in mm, so there the map is the identity.
        angle = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        far = np.stack([60 * np.cos(angle), 50 * np.sin(angle)], axis=1)
        sources = np.vstack([here[0], here[1][1:-1], far])
        targets = np.vstack([there[0], there[1][1:-1], far])
        on_scan = thin_plate(sources, targets, front, stiffness=2.0)
        return thin_plate(self.front, self.uv, on_scan, stiffness=5.0)


def read_picture(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) BGR; raises AssetError where there is none."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise AssetError(f"{path}: expected a picture of UnityEyes 2, found none that decodes; see --eyes")
    return np.asarray(picture, np.uint8)


def _feathered(picture: NDArray[np.uint8], border: Float) -> NDArray[np.uint8]:
    """(H, W) alpha that falls to 0 over FEATHER_PX toward the filled border."""
    differs = (np.abs(picture.astype(np.float64) - border).max(axis=2) > 5).astype(np.uint8)
    # Skin that happens to have the border's color leaves bays in the outline: close them.
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (201, 201))
    margin = 120
    padded = cv2.copyMakeBorder(differs, margin, margin, margin, margin, cv2.BORDER_REPLICATE)
    solid = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, wide)[margin:-margin, margin:-margin]
    # The left edge is the bridge of the nose, where the other eye's picture goes on.
    framed = cv2.copyMakeBorder(solid, 1, 1, 0, 1, cv2.BORDER_CONSTANT, value=0)
    distance = cv2.distanceTransform(framed, cv2.DIST_L2, 5)[1:-1, :-1]
    share = np.clip((distance - 14) / FEATHER_PX, 0, 1)
    return np.asarray(255 * share * share * (3 - 2 * share), np.uint8)


def _evened(picture: NDArray[np.uint8], alpha: NDArray[np.uint8], plain: Float) -> NDArray[np.uint8]:
    """(H, W, 3) the picture with part of its slow changes of color taken out: light that was in the room."""
    shown = ((alpha > 0) & (picture.max(axis=2) > 25)).astype(np.float32)[..., None]
    size = (0, 0)
    weight = cv2.GaussianBlur(shown[..., 0], size, EVENING_PX)[..., None] + 1e-3
    slow = cv2.GaussianBlur(picture * shown, size, EVENING_PX) / weight
    return np.asarray(np.clip(picture * (plain / np.maximum(slow, 20)) ** EVENING_SHARE, 0, 255), np.uint8)
