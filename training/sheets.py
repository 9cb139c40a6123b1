"""Pictures of patches side by side, for looking at."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import torch

_LABEL_PX = 14
_GAP_PX = 2


def grid(columns: Sequence[tuple[str, torch.Tensor]], blocks: int = 2, enlarge: int = 2) -> np.ndarray:
    """Patches as (H, W, 3) uint8 BGR: one row per sample, one column per entry, rows dealt over blocks.

    Args:
        columns: a heading and its patches (N, 3, h, w), RGB in [0, 1]; the same N in all.
        blocks: how many groups of columns stand side by side.
        enlarge: factor of size.

    """
    count = len(columns[0][1])
    rows = -(-count // blocks)
    return np.hstack([_block(columns, first, rows, enlarge) for first in range(0, rows * blocks, rows)])


def picture(patch: torch.Tensor) -> np.ndarray:
    """(h, w, 3) uint8 BGR of a patch (3, h, w), RGB in [0, 1]."""
    rgb = (patch.detach().clamp(0.0, 1.0) * 255.0).round().byte().permute(1, 2, 0).cpu().numpy()
    return np.ascontiguousarray(rgb[:, :, ::-1])


def write(image: np.ndarray, path: Path) -> None:
    """Store a BGR picture; the folder is made.

    Raises:
        OSError: it cannot be written.

    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cv2.imwrite(str(path), image):
        raise OSError(f"cannot write the picture {path}")


def _block(columns: Sequence[tuple[str, torch.Tensor]], first: int, rows: int, enlarge: int) -> np.ndarray:
    return np.hstack(
        [_column(title, patches[first : first + rows], rows, enlarge) for title, patches in columns]
    )


def _column(title: str, patches: torch.Tensor, rows: int, enlarge: int) -> np.ndarray:
    height, width = (side * enlarge for side in patches.shape[-2:])
    label = np.full((_LABEL_PX, width + _GAP_PX, 3), 255, np.uint8)
    cv2.putText(label, title, (2, _LABEL_PX - 4), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (0, 0, 0), 1, cv2.LINE_AA)
    cells = [label, *(_cell(patch, (width, height)) for patch in patches)]
    blank = np.full((height + _GAP_PX, width + _GAP_PX, 3), 255, np.uint8)
    return np.vstack(cells + [blank] * (rows - len(patches)))


def _cell(patch: torch.Tensor, size: tuple[int, int]) -> np.ndarray:
    large = cv2.resize(picture(patch), size, interpolation=cv2.INTER_CUBIC)
    return cv2.copyMakeBorder(large, 0, _GAP_PX, 0, _GAP_PX, cv2.BORDER_CONSTANT, value=(255, 255, 255))
