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
    height, width = source.shape[-2:]
    x, y = _places(flow)
    grid = torch.stack([x * (2 / (width - 1)) - 1, y * (2 / (height - 1)) - 1], dim=-1)
    sampled = F.grid_sample(source, grid, mode="bilinear", padding_mode="border", align_corners=True)
    return torch.where(_inside(x, y, source), sampled, source)


def warp_by_gathering(source: Tensor, flow: Tensor) -> Tensor:
    """The same without ``grid_sample``, for exported graphs.

    ONNX Runtime's GridSample takes five times as long on a CPU, and from opset 20 on TensorRT silently turns
    its bilinear mode into the nearest pixel (NVIDIA/TensorRT issue 4646).
    """
    count, channels, height, width = source.shape
    x, y = _places(flow)
    inside = _inside(x, y, source)
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    left, top = x.floor().clamp(max=width - 2), y.floor().clamp(max=height - 2)
    fx, fy = (x - left).unsqueeze(1), (y - top).unsqueeze(1)
    corner = (top * width + left).to(torch.int64).reshape(count, 1, -1).expand(-1, channels, -1)
    flat = source.reshape(count, channels, -1)
    a, b, c, d = (
        flat[:, :, step:].gather(2, corner).reshape(source.shape) for step in (0, 1, width, width + 1)
    )
    upper, lower = a + (b - a) * fx, c + (d - c) * fx
    return torch.where(inside, upper + (lower - upper) * fy, source)


def _places(flow: Tensor) -> tuple[Tensor, Tensor]:
    """Where each pixel is read: x and y (B, h, w), px."""
    height, width = flow.shape[-2:]
    x = torch.arange(width, dtype=flow.dtype, device=flow.device).view(1, 1, width) + flow[:, 0]
    y = torch.arange(height, dtype=flow.dtype, device=flow.device).view(1, height, 1) + flow[:, 1]
    return x, y


def _inside(x: Tensor, y: Tensor, source: Tensor) -> Tensor:
    """Whether a place lies in the patch, (B, 1, h, w)."""
    height, width = source.shape[-2:]
    return ((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)).unsqueeze(1)
