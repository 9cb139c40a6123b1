"""The outlines of a source eye as its exactly cut patch shows them, for programs that draw by geometry."""

import numpy as np

from training.data.samples import EyeSample
from vcam.geometry.patch import apply, eye_to_frame, invert


def source_outlines(sample: EyeSample) -> dict[str, object]:
    """Lid margins (2, K, 2) and limbus (cx, cy, a, b, angle of a), patch px; nothing where they are unknown.

    The patch is level with the canthi, so the ellipse turns with it.
    """
    if sample.source_lids is None or sample.source_iris is None:
        return {}
    to_patch = invert(eye_to_frame(*sample.canthi, mirrored=False))
    scale, turn = float(np.hypot(*to_patch[:, 0])), float(np.arctan2(to_patch[1, 0], to_patch[0, 0]))
    center = apply(to_patch, sample.source_iris[:2])
    a, b, angle = sample.source_iris[2:].tolist()
    return {
        "lids": apply(to_patch, sample.source_lids).tolist(),
        "iris": [*center.tolist(), a * scale, b * scale, angle + turn],
    }
