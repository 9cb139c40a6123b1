"""A sample as a webcam would show it and the tracker would cut it: pictures and labels of the patch.

A *cut* turns a sample into arrays. ``Augmented`` is for training; ``Exact`` takes the sharp patch about the
true canthi; ``Whole`` takes the picture as it is (PRGAN's crops). All give the same names:

    source, target          (h, w, 3) uint8 RGB
    source_gaze, target_gaze, head   (2,) float32 (pitch, yaw) rad, level with the found canthi
    eye_mask                (h, w) float32 [0, 1]: where an edit is expected
    flow                    (h, w, 2) float32 backward, patch px; 0 where unknown
    flow_weight             (h, w) float32 0 or 1: where ``flow`` is known
    gaze_weight             () float32: 0 where ``target`` is to stay as the source is, whatever its gaze
    source_again            (h, w, 3) the source one frame later: cut and noise differ a little (if asked for)
    again_from_source       (2, 3) float32: px of ``source`` to px of ``source_again``

and of a single picture: patch, gaze, head, and weight, which is 0 where the lids hide the iris.
"""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from training.data.occlusion import Occlusion, OcclusionRange
from training.data.placement import (
    EXACT,
    MILD,
    STEP,
    CanthusJitter,
    Placement,
    edit_region,
    ellipse_region,
)
from training.data.samples import EyePicture, EyeSample, Floats, Mask
from training.data.webcam import Shot, WebcamRange, joined
from vcam.geometry.angles import Float
from vcam.geometry.patch import PATCH_SIZE, cut_patch, invert

Arrays = dict[str, np.ndarray]

_HIDDEN, _OPEN = 0.06, 0.16
"""Openness at which the iris can't be seen, and from which it counts in full."""


class PairCut(Protocol):
    """Turns a pair into arrays, by random numbers of its own alone."""

    def __call__(self, sample: EyeSample, rng: np.random.Generator) -> Arrays:
        """Arrays as this module names them."""
        ...


class PictureCut(Protocol):
    """Turns a single picture into arrays."""

    def __call__(self, picture: EyePicture, rng: np.random.Generator) -> Arrays:
        """Arrays as this module names them."""
        ...


@dataclass(frozen=True, slots=True)
class Augmented:
    """A pair through one webcam: the same cut, light, noise and compression for source and target."""

    jitter: CanthusJitter = field(default_factory=CanthusJitter)
    webcam: WebcamRange = field(default_factory=WebcamRange)
    occlusion: OcclusionRange = field(default_factory=OcclusionRange)
    again: bool = False
    """Whether to add the source one frame later."""

    def __call__(self, sample: EyeSample, rng: np.random.Generator) -> Arrays:
        """Arrays as this module names them."""
        placement = Placement.draw(sample.canthi, self.jitter, rng)
        span = _span(sample.canthi)
        shot = Shot.draw(placement.to_picture, span, self.webcam, rng)
        layer = Occlusion.draw(sample.canthi, sample.source.shape[:2], self.occlusion, rng)
        source, target = sample.source, sample.target
        if layer:
            source, target = layer.over(source), layer.over(target)
        arrays = _labels(sample, placement, layer)
        arrays["source"] = shot.patch(source, placement.to_picture)
        # what stays as it is must stay so to the bit
        same = sample.leave_alone or sample.target is sample.source
        arrays["target"] = arrays["source"] if same else shot.patch(target, placement.to_picture)
        if self.again:
            nearby = _next_placement(placement, sample.canthi, rng)
            arrays["source_again"] = shot.one_frame_later(rng).patch(source, nearby)
            arrays["again_from_source"] = joined(invert(nearby), placement.to_picture).astype(np.float32)
        return arrays


@dataclass(frozen=True, slots=True)
class Exact:
    """A pair as it was rendered: the patch about the true canthi, no webcam."""

    def __call__(self, sample: EyeSample, rng: np.random.Generator) -> Arrays:
        """Arrays as this module names them."""
        placement = Placement.draw(sample.canthi, EXACT, rng)
        arrays = _labels(sample, placement, None)
        arrays["source"] = cut_patch(sample.source, placement.to_picture)
        arrays["target"] = cut_patch(sample.target, placement.to_picture)
        return arrays


@dataclass(frozen=True, slots=True)
class Whole:
    """A pair of pictures as they are, of any size that all samples share; no flow."""

    def __call__(self, sample: EyeSample, rng: np.random.Generator) -> Arrays:  # noqa: ARG002  # Cut's
        """Arrays as this module names them."""
        height, width = sample.source.shape[:2]
        return {
            "source": sample.source,
            "target": sample.target,
            "source_gaze": sample.source_gaze,
            "target_gaze": sample.target_gaze,
            "head": sample.head,
            "eye_mask": np.ones((height, width), np.float32),
            "flow": np.zeros((height, width, 2), np.float32),
            "flow_weight": np.zeros((height, width), np.float32),
            "gaze_weight": np.asarray(not sample.leave_alone, np.float32),
        }


@dataclass(frozen=True, slots=True)
class AugmentedPicture:
    """A single picture through a webcam, for the gaze estimators: cut more steadily than a pair."""

    jitter: CanthusJitter = MILD
    webcam: WebcamRange = field(default_factory=WebcamRange)
    occlusion: OcclusionRange = field(default_factory=OcclusionRange)

    def __call__(self, picture: EyePicture, rng: np.random.Generator) -> Arrays:
        """Arrays as this module names them."""
        placement = Placement.draw(picture.canthi, self.jitter, rng)
        shot = Shot.draw(placement.to_picture, _span(picture.canthi), self.webcam, rng)
        layer = Occlusion.draw(picture.canthi, picture.image.shape[:2], self.occlusion, rng)
        image = layer.over(picture.image) if layer else picture.image
        return _reading(picture, placement, shot.patch(image, placement.to_picture))


@dataclass(frozen=True, slots=True)
class ExactPicture:
    """A single picture as it was rendered."""

    def __call__(self, picture: EyePicture, rng: np.random.Generator) -> Arrays:
        """Arrays as this module names them."""
        placement = Placement.draw(picture.canthi, EXACT, rng)
        return _reading(picture, placement, cut_patch(picture.image, placement.to_picture))


def open_weight(openness: float) -> float:
    """How much an eye's gaze counts in training: 0 closed, 1 open; 1 where the openness isn't known."""
    share = (openness - _HIDDEN) / (_OPEN - _HIDDEN)
    return 1.0 if np.isnan(openness) else min(max(share, 0.0), 1.0)


def _reading(picture: EyePicture, placement: Placement, patch: np.ndarray) -> Arrays:
    return {
        "patch": patch,
        "gaze": placement.turned(picture.gaze),
        "head": placement.turned(picture.head),
        "weight": np.asarray(open_weight(picture.openness), np.float32),
    }


def _labels(sample: EyeSample, placement: Placement, layer: Occlusion | None) -> Arrays:
    flow, weight = _flow(sample, placement, layer)
    return {
        "source_gaze": placement.turned(sample.source_gaze),
        "target_gaze": placement.turned(sample.target_gaze),
        "head": placement.turned(sample.head),
        "eye_mask": _region(sample, placement),
        "flow": flow,
        "flow_weight": weight,
        "gaze_weight": np.asarray(not sample.leave_alone, np.float32),
    }


def _region(sample: EyeSample, placement: Placement) -> Floats:
    if sample.source_mask is None or sample.target_mask is None:
        return ellipse_region(placement, sample.canthi)
    return edit_region(placement.cut_mask(np.maximum(sample.source_mask, sample.target_mask)))


def _flow(sample: EyeSample, placement: Placement, layer: Occlusion | None) -> tuple[Floats, Floats]:
    if sample.flow is None or sample.visible is None:
        shape = PATCH_SIZE[::-1]
        return np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
    height, width = sample.source.shape[:2]
    flow, weight = placement.cut_flow(sample.flow, sample.visible, (width, height))
    if layer:  # glasses stay where they are while the eye behind them moves
        clear: Mask = layer.seen(np.full((height, width), 255, np.uint8))
        shown = (placement.cut_mask(clear) >= 254).astype(np.float32)
        flow, weight = flow * shown[..., None], weight * shown
    return flow, weight


def _next_placement(placement: Placement, canthi: Floats, rng: np.random.Generator) -> Float:
    """The cut one frame later: as far from this one as the tracker's steadied canthi move."""
    step = Placement.draw(canthi, STEP, rng).to_picture
    exact = Placement.draw(canthi, EXACT, rng).to_picture
    return joined(joined(step, invert(exact)), placement.to_picture)


def _span(canthi: Floats) -> float:
    return float(np.hypot(*(canthi[1] - canthi[0])))
