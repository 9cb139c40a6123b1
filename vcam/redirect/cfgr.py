"""Frame, FaceTrack, Redirection -> RedirectedEyes by the learned model (CFGR)."""

import numpy as np

from vcam.eyepatches import EyePatches, PatchCutter
from vcam.geometry import eyeball, patch
from vcam.geometry.editmask import edit_mask
from vcam.model import Model
from vcam.redirect.eyewarp import warp_eye
from vcam.types import (
    EyeRedirection,
    EyeRegion,
    FaceTrack,
    Floats,
    Frame,
    RedirectedEye,
    RedirectedEyes,
    Redirection,
)

_SMALLEST_EYE_PX = 14.0
"""Canthus to canthus; below this there is too little of an eye to redraw."""
_STILL_PX = 0.05
"""An iris that would move less than this stays, and so does the eye."""
_STILL_FLOW_PX, _STILL_LEVEL = 0.02, 0.5 / 255
"""A flow and a residual below these change no pixel: the model leaves an eye alone that is all but closed."""


class CfgrRedirector:
    """Redraws both eyes with one run of a flow and residual model; an EyeRedirector.

    Chen, Zhang, Sangineto, Chen, Fan, Sebe: "Coarse-to-Fine Gaze Redirection with Numerical and
    Pictorial Guidance", WACV 2021, section 3; the flow is applied to the frame's own pixels.
    """

    def __init__(self, model: Model, cutter: PatchCutter) -> None:
        self._model, self._cutter = model, cutter

    def redirect(self, frame: Frame, track: FaceTrack, redirection: Redirection) -> RedirectedEyes:
        """New eye pixels for the directions asked for; None for an eye that stays as it is."""
        wishes = redirection.left, redirection.right
        if not any(
            wish.strength and eye.width >= _SMALLEST_EYE_PX
            for wish, eye in zip(wishes, track.eyes, strict=True)
        ):
            return RedirectedEyes(None, None)
        eyes = self._cutter.cut(frame, track)
        source = eyes.angles(*(wish.source for wish in wishes))
        target = eyes.angles(*(wish.result for wish in wishes))
        shown = [
            _share(wish, eye, step)
            for wish, eye, step in zip(wishes, track.eyes, target - source, strict=True)
        ]
        if not any(shown):
            return RedirectedEyes(None, None)
        answer = self._model.run(patch=eyes.pixels, source_gaze=source, target_gaze=target, head=eyes.head)
        left, right = (
            _redrawn(frame, eye, eyes, index, answer, shown[index]) for index, eye in enumerate(track.eyes)
        )
        return RedirectedEyes(left, right)


def _share(wish: EyeRedirection, eye: EyeRegion, step: Floats) -> float:
    """How much of the new eye is shown: a movement of less than a px fades in, or it would be a switch."""
    if wish.strength == 0 or eye.width < _SMALLEST_EYE_PX:
        return 0.0
    moved_px = float(np.hypot(*step)) * eye.iris_radius * eyeball.IRIS_DISTANCE_MM / eyeball.IRIS_RADIUS_MM
    return min(moved_px, 1.0) if moved_px > _STILL_PX else 0.0


def _redrawn(
    frame: Frame, eye: EyeRegion, eyes: EyePatches, index: int, answer: dict[str, Floats], share: float
) -> RedirectedEye | None:
    if share == 0:
        return None
    to_frame = eyes.to_frame[index]
    to_patch = patch.invert(to_frame)
    mask = edit_mask(patch.apply(to_patch, eye.upper_lid), patch.apply(to_patch, eye.lower_lid))
    mask *= np.float32(share)
    flow, residual = answer["flow"][index], answer["residual"][index]
    if np.abs(flow).max() < _STILL_FLOW_PX and np.abs(residual * mask).max() < _STILL_LEVEL:
        return None
    return warp_eye(frame.image, eye.side, to_frame, flow, residual, mask)
