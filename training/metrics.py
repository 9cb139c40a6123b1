"""How near an edited eye is to the real one: gaze, structure and noise (perception: ``losses.perceptual``).

Convention
    Images are (N, 3, H, W) float32 RGB in [0, 1]; gazes (N, 2) are (pitch, yaw) in rad, patch frame; masks
    (N, 1, H, W) weigh the pixels that count. Every function returns one value per sample.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch.nn import functional

from vcam.geometry.angles import angle_between, vector_from_pitch_yaw

Floats = NDArray[np.float64]

GROUP_STEP_DEG = 5.0
GROUPS_DEG = tuple(range(0, 55, 5))
"""The possible |pitch difference| + |yaw difference| on Columbia's grid of gazes: eleven (seeds.md 1.9)."""

_SSIM_SIGMA, _SSIM_RADIUS = 1.5, 5
_SSIM_C1, _SSIM_C2 = 0.01**2, 0.03**2


def gaze_error_deg(a: ArrayLike, b: ArrayLike) -> Floats:
    """Angle (N,) in deg between gazes (N, 2) in rad, measured between unit vectors."""
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    left = vector_from_pitch_yaw(first[:, 0], first[:, 1])
    right = vector_from_pitch_yaw(second[:, 0], second[:, 1])
    return np.rad2deg(angle_between(left, right))


def difference_deg(source: ArrayLike, target: ArrayLike) -> Floats:
    """|pitch difference| + |yaw difference| (N,) in deg, the paper's measure of how far a gaze is turned."""
    return np.rad2deg(np.abs(np.asarray(target, np.float64) - np.asarray(source, np.float64)).sum(axis=1))


def difference_group(source: ArrayLike, target: ArrayLike) -> NDArray[np.int64]:
    """The nearest of ``GROUPS_DEG`` (N,), as its index; what is beyond the last belongs to the last."""
    nearest = np.rint(difference_deg(source, target) / GROUP_STEP_DEG)
    return np.minimum(nearest, len(GROUPS_DEG) - 1).astype(np.int64)


def merged_ten(group: ArrayLike) -> NDArray[np.int64]:
    """The paper's ten groups from the eleven: 45 and 50 deg are one."""
    return np.minimum(np.asarray(group, np.int64), len(GROUPS_DEG) - 2)


def ssim(a: torch.Tensor, b: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Structural similarity (N,): Gaussian window 11, sigma 1.5, averaged over the mask (Wang 2004)."""
    blurred = _blur(torch.cat([a, b, a * a, b * b, a * b]))
    mean_a, mean_b, aa, bb, ab = blurred.chunk(5)
    var_a, var_b, cov = aa - mean_a**2, bb - mean_b**2, ab - mean_a * mean_b
    score = (2.0 * mean_a * mean_b + _SSIM_C1) * (2.0 * cov + _SSIM_C2)
    score = score / ((mean_a**2 + mean_b**2 + _SSIM_C1) * (var_a + var_b + _SSIM_C2))
    return _weighted_mean(score, mask)


def psnr(a: torch.Tensor, b: torch.Tensor, mask: torch.Tensor | None = None) -> torch.Tensor:
    """Peak signal-to-noise ratio (N,) in dB over the mask, range 1, at most 80."""
    return -10.0 * torch.log10(_weighted_mean((a - b) ** 2, mask) + 1e-8)


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line through estimates over truths, both in deg."""

    slope: float
    offset_deg: float
    correlation: float


def regression(truth_deg: ArrayLike, estimate_deg: ArrayLike) -> Line:
    """Least-squares line of estimates over truths; slope 1 and offset 0 are a perfect estimator's.

    Raises:
        ValueError: fewer than two different truths.

    """
    x, y = np.asarray(truth_deg, np.float64), np.asarray(estimate_deg, np.float64)
    dx, dy = x - x.mean(), y - y.mean()
    spread = float(dx @ dx)
    if spread <= 0.0:
        raise ValueError(f"a slope needs at least two different true angles, got {len(x)} equal ones")
    slope = float(dx @ dy) / spread
    both = float(np.sqrt(spread * (dy @ dy)))
    return Line(slope, float(y.mean() - slope * x.mean()), float(dx @ dy) / both if both > 0.0 else 0.0)


def _blur(x: torch.Tensor) -> torch.Tensor:
    taps = torch.arange(-_SSIM_RADIUS, _SSIM_RADIUS + 1, dtype=x.dtype, device=x.device)
    kernel = torch.exp(-(taps**2) / (2.0 * _SSIM_SIGMA**2))
    kernel = (kernel / kernel.sum()).expand(x.shape[1], 1, -1)
    padded = functional.pad(x, [_SSIM_RADIUS] * 4, mode="reflect")
    across = functional.conv2d(padded, kernel[:, :, None, :], groups=x.shape[1])
    return functional.conv2d(across, kernel[:, :, :, None], groups=x.shape[1])


def _weighted_mean(values: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
    per_pixel = values.mean(dim=1, keepdim=True)
    if mask is None:
        return per_pixel.mean(dim=(1, 2, 3))
    weight = mask.sum(dim=(1, 2, 3))
    return (per_pixel * mask).sum(dim=(1, 2, 3)) / weight.clamp_min(1e-6)
