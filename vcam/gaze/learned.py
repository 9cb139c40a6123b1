"""Where the eyes look by a learned model, as their common iris offset."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vcam.eyepatches import PatchCutter
from vcam.gaze.offsets import offset_at
from vcam.model import Model
from vcam.smoothing import OneEuro, SettlingMean
from vcam.types import FaceTrack, Frame

Array = NDArray[np.float64]

SURE_DEG, UNSURE_DEG = 5.0, 12.0
"""Standard deviations up to which the model is trusted fully, and from which not at all."""
_LEAST_SIGMA = np.radians(1.5)
"""No network is surer than this on people that it has not seen."""
_SETTLING_LOOKS = 60
"""Sure looks from which the difference between the two eyes is learned; later ones refine it slowly."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a network reads off both eyes, in iris offsets (x, y)."""

    offset: Array
    """(2,): that of both eyes."""
    sigma: Array
    """(2, 2): each eye's standard deviation of it."""
    slopes: Array
    """(2, 2) of the rays to the eyes."""


class LearnedGaze:
    """Runs the network on both eyes and keeps what it says of them steady in time."""

    def __init__(self, model: Model, cutter: PatchCutter) -> None:
        self._model, self._cutter = model, cutter
        self._steady = OneEuro(min_cutoff_hz=1.2, beta=6.0, derivative_cutoff_hz=6.0)
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._steady.reset()
        self._split = SettlingMean(_SETTLING_LOOKS, 2)

    def look(self, frame: Frame, track: FaceTrack) -> Look:
        """Where both eyes look, by their picture alone."""
        eyes = self._cutter.cut(frame, track)
        answer = self._model.run(patch=eyes.pixels, head=eyes.head)
        # a patch is level, so pitch and yaw err along y and x
        sigma = np.maximum(answer["sigma"][:, ::-1].astype(np.float64), _LEAST_SIGMA)
        gazes, slopes = eyes.gazes(answer["gaze"]), eyes.slopes
        left, right = (offset_at(gaze, slope) for gaze, slope in zip(gazes, slopes, strict=True))
        if np.degrees(sigma.max()) < SURE_DEG:
            self._split.add(left - right)
        half, weights = self._split.value / 2, sigma**-2.0
        mean = (weights * np.stack([left - half, right + half])).sum(axis=0) / weights.sum(axis=0)
        return Look(self._steady(mean, frame.captured_at), sigma, slopes)
