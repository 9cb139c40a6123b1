"""One eye from frame to frame: lids, iris and openness from the mesh and the picture."""

import numpy as np
from numpy.typing import NDArray

from vcam.geometry import patch
from vcam.geometry.iris import Limbus, find_limbus
from vcam.geometry.landmarks import EyeIndices
from vcam.smoothing import OneEuro, fade
from vcam.types import EyeRegion, Frame, Side

Array = NDArray[np.float64]

_CLEAR_CONTRAST, _NO_CONTRAST = 14.0, 6.0
"""Brightness step across the limbus, in levels, that is trusted fully and not at all."""
_SMALLEST_EYE_PX = 9.0
_RADIUS_TIME_CONSTANT = 45
"""Clear looks at the iris until its learned radius has moved most of the way."""


class EyeFollower:
    """Refines the mesh's iris on the picture and remembers the person's iris size."""

    def __init__(self, side: Side, indices: EyeIndices) -> None:
        self._side: Side = side
        self._indices = indices
        self._iris = OneEuro(min_cutoff_hz=1.2, beta=25.0, derivative_cutoff_hz=12.0, points=True)
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._iris.reset()
        self._radius: float | None = None
        self._looks = 0

    def look(self, frame: Frame, points: Array, smooth: Array) -> EyeRegion:
        """The eye in this frame.

        Args:
            frame: the picture.
            points: (478, 2) mesh as found, px: openness comes from it, since a blink allows no delay.
            smooth: (478, 2) mesh after smoothing, px.
        """
        eye = self._indices
        inner, outer = smooth[eye.inner_canthus], smooth[eye.outer_canthus]
        center, rim = smooth[eye.iris_center], smooth[list(eye.iris_rim)]
        radius, confidence = float(np.linalg.norm(rim - center, axis=1).mean()), 0.0
        if np.linalg.norm(outer - inner) >= _SMALLEST_EYE_PX:
            center, radius, confidence = self._refine(frame, smooth, center, radius)
        return EyeRegion(
            side=self._side,
            inner_canthus=inner.astype(np.float32),
            outer_canthus=outer.astype(np.float32),
            iris_center=center.astype(np.float32),
            upper_lid=smooth[list(eye.upper_lid)].astype(np.float32),
            lower_lid=smooth[list(eye.lower_lid)].astype(np.float32),
            iris_radius=radius,
            iris_confidence=confidence,
            openness=self._openness(points),
        )

    def _refine(
        self, frame: Frame, smooth: Array, center: Array, radius: float
    ) -> tuple[Array, float, float]:
        eye = self._indices
        inner, outer = smooth[eye.inner_canthus], smooth[eye.outer_canthus]
        to_frame = patch.eye_to_frame(inner, outer, mirrored=self._side == "right")
        to_patch = patch.invert(to_frame)
        scale = patch.CANTHUS_SPAN_PX / float(np.linalg.norm(outer - inner))
        rim = smooth[[eye.inner_canthus, *eye.upper_lid, eye.outer_canthus, *eye.lower_lid[::-1]]]
        guess = patch.apply(to_patch, center)
        expected = self._radius or radius * scale
        limbus = find_limbus(
            patch.cut_patch(frame.image, to_frame),
            patch.apply(to_patch, rim),
            guess,
            expected,
            scales=(1.0,) if self._looks > _RADIUS_TIME_CONSTANT else (0.94, 1.0, 1.06),
        )
        trust = 0.0 if limbus is None else fade(limbus.contrast, _CLEAR_CONTRAST, _NO_CONTRAST)
        if limbus is not None:
            guess = trust * limbus.center + (1 - trust) * guess
            expected = self._learn_radius(limbus, trust, expected)
        settled = self._iris(guess / patch.CANTHUS_SPAN_PX, frame.captured_at) * patch.CANTHUS_SPAN_PX
        return patch.apply(to_frame, settled), expected / scale, trust

    def _learn_radius(self, limbus: Limbus, trust: float, expected: float) -> float:
        if trust > 0.5 and self._looks <= _RADIUS_TIME_CONSTANT:
            self._looks += 1
            self._radius = expected + (limbus.radius - expected) / min(self._looks, _RADIUS_TIME_CONSTANT)
        return self._radius or expected

    def _openness(self, points: Array) -> float:
        eye = self._indices
        upper, lower = points[list(eye.upper_lid[2:5])], points[list(eye.lower_lid[2:5])]
        width = float(np.linalg.norm(points[eye.outer_canthus] - points[eye.inner_canthus]))
        return float(np.linalg.norm(upper - lower, axis=1).mean()) / max(width, 1.0)
