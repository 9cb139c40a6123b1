"""Head pose by perspective-n-point against a metric face model.

Convention
    Head frame: origin midway between the four canthi, x toward image right for a face that looks
    into the lens, y down, z away from the viewer; mm. ``x_camera = R @ x_head + t``.
"""

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from vcam.geometry.camera import PinholeCamera

# Points that speech and expression hardly move, by MediaPipe mesh index. Measured by this project:
# the mesh's own 3D shape averaged over near-frontal real faces, made symmetric, depth scaled (x 0.90)
# and size set by the neutral face of ICT-FaceKit, with which it agrees to 2.1 mm rms; upright by the
# demo, a render with a known head pose.
_MIDLINE = {
    1: (38.6, -36.0),
    2: (44.9, -21.6),
    4: (31.8, -37.9),
    5: (22.8, -35.8),
    6: (1.9, -21.3),
    8: (-15.2, -17.5),
    9: (-24.4, -18.8),
    10: (-56.7, -13.9),
    151: (-40.8, -16.9),
    168: (-6.6, -17.3),
    195: (15.8, -30.8),
    197: (9.1, -25.9),
}
# (subject's right, subject's left): position of the left one
_PAIRS = {
    (33, 263): (45.5, -0.9, 2.5),
    (133, 362): (18.1, 0.9, -2.5),
    (21, 251): (64.9, -24.6, 26.3),
    (50, 280): (49.9, 30.7, -2.3),
    (54, 284): (59.6, -36.7, 15.1),
    (67, 297): (35.8, -53.0, -6.6),
    (98, 327): (18.4, 42.1, -14.5),
    (101, 330): (35.4, 23.6, -6.9),
    (109, 338): (19.5, -56.1, -12.5),
    (116, 345): (63.2, 15.6, 14.3),
    (117, 346): (53.9, 15.3, 3.0),
    (118, 347): (46.5, 17.4, -2.2),
    (129, 358): (22.1, 35.2, -11.3),
}


def _model() -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    rows = [(i, 0.0, y, z) for i, (y, z) in _MIDLINE.items()]
    for (right, left), (x, y, z) in _PAIRS.items():
        rows += [(right, -x, y, z), (left, x, y, z)]
    table = np.array(rows)
    return table[:, 0].astype(np.intp), table[:, 1:].copy()


MODEL_INDICES, MODEL_MM = _model()


def solve_head_pose(
    landmarks: ArrayLike, camera: PinholeCamera
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rotation (3,) axis-angle in rad and translation (3,) in mm of a face's mesh landmarks.

    Args:
        landmarks: (468 or more, 2) MediaPipe face-mesh points, px.
        camera: the camera that saw them.
    """
    points = np.asarray(landmarks, np.float64)[MODEL_INDICES]
    # from scratch each time: a tenth of a millisecond, and no wrong pose can outlive its frame
    _, rotation, translation = cv2.solvePnP(MODEL_MM, points, camera.matrix, None, flags=cv2.SOLVEPNP_SQPNP)
    rotation, translation = cv2.solvePnPRefineLM(MODEL_MM, points, camera.matrix, None, rotation, translation)
    return np.asarray(rotation, np.float64).reshape(3), np.asarray(translation, np.float64).reshape(3)


def rotation_matrix(rotation: ArrayLike) -> NDArray[np.float64]:
    """(3, 3) matrix of an axis-angle vector (3,) in rad."""
    return np.asarray(cv2.Rodrigues(np.asarray(rotation, np.float64))[0], np.float64)
