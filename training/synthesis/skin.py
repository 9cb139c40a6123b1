"""Paint on the head: what color and gloss each vertex has relative to plain skin."""

import cv2
import numpy as np

from training.synthesis.face_model import EYEBALL_CENTERS_MM, EYEBALL_RADIUS_MM, Index
from vcam.geometry.angles import Float

# Multi-PIE outer lip contour (landmarks 49 to 60) as vertices of the head model.
LIP_CONTOUR = (5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841)

# middle x, y (mirrored in x), radius mm, color factor: where blood, bone and shadow show through.
_PATCHES = (
    (34.0, 38.0, 17.0, (1.0, 0.88, 0.88)),  # cheeks
    (0.0, 38.0, 12.0, (1.03, 0.84, 0.83)),  # tip of the nose
    (80.0, 12.0, 14.0, (1.0, 0.86, 0.85)),  # ears
    (0.0, -50.0, 34.0, (1.03, 1.02, 0.98)),  # forehead
    (0.0, 105.0, 14.0, (1.02, 0.92, 0.91)),  # chin
)


def smooth_step(low: float, high: float, at: Float) -> Float:
    """0 below ``low``, 1 above ``high``, smooth between."""
    share = np.clip((at - low) / (high - low), 0.0, 1.0)
    return share * share * (3 - 2 * share)


def _inside(contour: Float, points: Float) -> Float:
    """Signed distance (N,) mm of points (N, 2) to a closed contour (K, 2), positive inside."""
    outline = contour.astype(np.float32)[:, None]
    return np.array([cv2.pointPolygonTest(outline, (float(x), float(y)), True) for x, y in points])


def tint(head: Float, hair: Float, scalp: Float) -> Float:
    """(V, 3) linear color factors of a head (V, 3) mm at rest.

    Args:
        head: vertices in the head frame.
        hair: (3,) hair color relative to plain skin, which shows through cropped hair.
        scalp: (V,) how much hair grows there, 0 to 1.

    """
    colors = np.ones_like(head)
    front = 1 - smooth_step(0.0, 60.0, head[:, 2])
    for x, y, radius, factor in _PATCHES:
        distance = np.hypot(np.abs(head[:, 0]) - x, head[:, 1] - y)
        share = np.exp(-((distance / radius) ** 2))[:, None]
        colors *= 1 + share * (np.array(factor) - 1)
    lips = _lips(head)
    colors *= 1 + lips[:, None] * (np.array([0.86, 0.56, 0.58]) - 1)
    colors *= 1 + (0.55 * _beard(head) * front * (1 - lips))[:, None] * (np.array([0.74, 0.78, 0.84]) - 1)
    colors *= 1 + _eye_lining(head)[:, None] * (np.array([0.70, 0.46, 0.43]) - 1)
    return colors * (1 - scalp[:, None]) + scalp[:, None] * hair


def gloss(head: Float) -> Float:
    """(V, 1) strength of highlights: oily on nose and forehead, moist on the lips, hidden under the lids."""
    zone = np.exp(-((head[:, 0] / 20) ** 2)) * (1 - smooth_step(20.0, 60.0, head[:, 1]))
    return ((0.75 + 0.45 * zone + 0.5 * _lips(head)) * (1 - 0.8 * _eye_lining(head)))[:, None]


def _lips(head: Float) -> Float:
    contour = head[list(LIP_CONTOUR), :2]
    near = (np.abs(head[:, 0]) < 40) & (np.abs(head[:, 1] - contour[:, 1].mean()) < 30) & (head[:, 2] < 15)
    amount = np.zeros(len(head))
    amount[near] = smooth_step(-1.2, 1.8, _inside(contour, head[near, :2]))
    return amount


def _beard(head: Float) -> Float:
    """(V,) where a shaven beard leaves a shade: around the mouth, along the jaw."""
    mouth_y = head[list(LIP_CONTOUR), 1].mean()
    moustache = np.exp(-((head[:, 0] / 26) ** 2) - ((head[:, 1] - mouth_y + 14) / 8) ** 2)
    chin = np.exp(-((head[:, 0] / 34) ** 2) - ((head[:, 1] - mouth_y - 26) / 20) ** 2)
    jaw = np.exp(-(((np.abs(head[:, 0]) - 58) / 16) ** 2) - ((head[:, 1] - mouth_y - 4) / 30) ** 2)
    return np.clip(moustache + chin + 0.8 * jaw, 0, 1)


def _eye_lining(head: Float) -> Float:
    """(V,) the moist rim and inner corner of each eye."""
    distance = np.min([np.linalg.norm(head - c, axis=1) for c in EYEBALL_CENTERS_MM.values()], axis=0)
    return 1 - smooth_step(EYEBALL_RADIUS_MM - 0.1, EYEBALL_RADIUS_MM + 0.5, distance)


def neck_share(head: Float) -> Float:
    """(V,) 1 where skin turns with the skull, 0 where it stays on the shoulders."""
    return 1 - smooth_step(80.0, 165.0, head[:, 1] + 0.45 * (head[:, 2] - 60.0))


def edges_of(triangles: Index) -> Index:
    """(E, 2) each edge of the triangles once."""
    pairs = np.concatenate([triangles[:, pair] for pair in ([0, 1], [1, 2], [2, 0])])
    return np.unique(np.sort(pairs, axis=1), axis=0)
