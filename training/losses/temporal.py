"""Steadiness from frame to frame."""

from torch import Tensor

from training.losses.reconstruction import weighted_mean
from training.models.warp import warp


def temporal_loss(
    image: Tensor, before: Tensor, motion: Tensor | None = None, visible: Tensor | None = None
) -> Tensor:
    """Mean absolute difference between a result and the one before it, moved to where things are now.

    Two sources of one scene redirected to one target must give one picture: there ``motion`` is None.

    Args:
        image: results (B, 3, h, w).
        before: results of the frame before.
        motion: backward flow (B, 2, h, w), px, from now to before.
        visible: (B, 1, h, w), 0 where what is seen now was hidden before.

    Source: Lai et al., Learning Blind Video Temporal Consistency, ECCV 2018; seeds 8.3.
    """
    moved = before if motion is None else warp(before, motion)
    return weighted_mean((image - moved).abs(), visible)
