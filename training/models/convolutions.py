"""The convolution blocks that CFGR and PRGAN share (PRGAN's conventions: instance norm, N(0, 0.02))."""

from torch import Tensor, nn

INITIAL_SPREAD = 0.02
"""Standard deviation of fresh weights."""


def strided(inside: int, outside: int, activation: nn.Module, kernel: int = 4) -> nn.Sequential:
    """Convolution (7x7 keeps the size, 4x4 halves it), instance norm, activation."""
    stride, padding = (1, kernel // 2) if kernel % 2 else (2, 1)
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, padding, bias=False),
        nn.InstanceNorm2d(outside, affine=True),
        activation,
    )


def transposed(inside: int, outside: int) -> nn.Sequential:
    """Transposed convolution 4x4 that doubles the size, instance norm, ReLU."""
    return nn.Sequential(
        nn.ConvTranspose2d(inside, outside, 4, 2, 1, bias=False),
        nn.InstanceNorm2d(outside, affine=True),
        nn.ReLU(),
    )


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with instance norm, ReLU between, nothing after the sum (PRGAN)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.InstanceNorm2d(channels, affine=True),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.InstanceNorm2d(channels, affine=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, h, w) in and out."""
        return x + self.body(x)


class Trunk(nn.Module):
    """PRGAN's generator without its output activation (seeds 2.2): 7x7 stem, down 4x, blocks, up 4x, 7x7."""

    def __init__(self, inside: int, outside: int, width: int, blocks: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            strided(inside, width, nn.ReLU(), kernel=7),
            strided(width, 2 * width, nn.ReLU()),
            strided(2 * width, 4 * width, nn.ReLU()),
            *(ResidualBlock(4 * width) for _ in range(blocks)),
            transposed(4 * width, 2 * width),
            transposed(2 * width, width),
        )
        self.head = nn.Conv2d(width, outside, 7, 1, 3, bias=False)
        initialize(self)

    def forward(self, x: Tensor) -> Tensor:
        """(B, outside, h, w) of (B, inside, h, w)."""
        return self.head(self.body(x))


def initialize(module: nn.Module) -> None:
    """Fresh weights N(0, 0.02) for every convolution, biases 0."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(part.weight, 0.0, INITIAL_SPREAD)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
