"""What every redirector returns."""

from typing import NamedTuple

from torch import Tensor


class Redirected(NamedTuple):
    """Redrawn patches and the steps to them; a step that a method does not have is None."""

    image: Tensor
    """(B, 3, h, w) RGB in [0, 1]."""
    warped: Tensor | None = None
    """(B, 3, h, w) the source moved by ``flow``, before anything is added."""
    flow: Tensor | None = None
    """(B, 2, h, w) backward, px, (dx, dy)."""
    residual: Tensor | None = None
    """(B, 3, h, w) in [-1, 1], what is added to ``warped``."""
