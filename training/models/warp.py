"""Backward warping of patches by a flow in px; equal to ``vcam.geometry.flow``."""

import torch
import torch.nn.functional as F
from torch import Tensor


def warp(source: Tensor, flow: Tensor) -> Tensor:
    """Patches (B, C, h, w) read at (x + dx, y + dy) of flow (B, 2, h, w), px, bilinearly.

    Places outside of the patch keep the source's own pixel there (CFGR's rule, seeds 1.5).
    """
    if torch.onnx.is_in_onnx_export():
        return warp_by_gathering(source, flow)
    places, limit = _places(flow), _limit(flow)
    grid = (places * (2 / limit) - 1).permute(0, 2, 3, 1)
    sampled = F.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=True)
    return torch.where(_inside(places, limit), sampled, source)


def warp_by_gathering(source: Tensor, flow: Tensor) -> Tensor:
    """The same without ``grid_sample``, for exported graphs.

    ONNX Runtime's GridSample takes five times as long on a CPU, and from opset 20 on TensorRT silently turns
    its bilinear mode into the nearest pixel (NVIDIA/TensorRT issue 4646).
    """
    count, channels, _, width = source.shape
    places, limit = _places(flow), _limit(flow)
    held = places.clamp_min(0).minimum(limit)
    cells = held.floor().minimum(limit - 1)
    fx, fy = (held - cells).chunk(2, dim=1)
    left, top = cells.chunk(2, dim=1)
    corner = (top * width + left).to(torch.int64).reshape(count, 1, -1).expand(-1, channels, -1)
    flat = source.reshape(count, channels, -1)
    a, b, c, d = (
        flat[:, :, step:].gather(2, corner).reshape(source.shape) for step in (0, 1, width, width + 1)
    )
    upper, lower = a + (b - a) * fx, c + (d - c) * fx
    return torch.where(_inside(places, limit), upper + (lower - upper) * fy, source)


def _places(flow: Tensor) -> Tensor:
    """Where each pixel is read: x and y (B, 2, h, w), px."""
    height, width = flow.shape[-2:]
    y, x = torch.meshgrid(
        torch.arange(height, dtype=flow.dtype, device=flow.device),
        torch.arange(width, dtype=flow.dtype, device=flow.device),
        indexing="ij",
    )
    return torch.stack([x, y]) + flow


def _limit(flow: Tensor) -> Tensor:
    """The last place inside of the patch: x and y (1, 2, 1, 1), px."""
    height, width = flow.shape[-2:]
    return torch.tensor([width - 1, height - 1], dtype=flow.dtype, device=flow.device).view(1, 2, 1, 1)


def _inside(places: Tensor, limit: Tensor) -> Tensor:
    """Whether a place lies in the patch, (B, 1, h, w)."""
    x, y = ((places >= 0) & (places <= limit)).chunk(2, dim=1)
    return x & y
