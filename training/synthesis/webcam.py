"""What a webcam makes of the light that reaches it: exposure, a soft lens, noise, gamma."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vcam.geometry.angles import Float


@dataclass(frozen=True, slots=True)
class Sensor:
    """A small sensor in a well-lit room."""

    exposure: float = 1.0
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Gains of R, G, B."""
    blur_px: float = 0.45
    noise: float = 0.004
    """Standard deviation at full scale; shot noise falls with the root of the light."""
    sharpening: float = 0.35
    vignette: float = 0.18
    """Light lost in the corners."""

    def develop(self, linear: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
        """(H, W, 3) BGR uint8 of linear RGB light (H, W, 3)."""
        light = cv2.GaussianBlur(linear, (0, 0), self.blur_px)
        light *= self.exposure * np.array(self.white_balance, np.float32)
        light *= self._falloff(light.shape[0], light.shape[1])[..., None]
        spread = self.noise * np.sqrt(np.maximum(light, 0.02))
        light = light + spread * rng.standard_normal(light.shape, np.float32)
        picture = encode(light)
        if self.sharpening:
            picture += self.sharpening * (picture - cv2.GaussianBlur(picture, (0, 0), 1.2))
        return np.asarray(np.clip(picture[..., ::-1] * 255 + 0.5, 0, 255), np.uint8)

    def _falloff(self, height: int, width: int) -> NDArray[np.float32]:
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        square = ((x - width / 2) ** 2 + (y - height / 2) ** 2) / ((width**2 + height**2) / 4)
        return np.asarray(1 - self.vignette * square, np.float32)


def encode(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Display values 0 to 1: the sRGB curve, with a shoulder above 0.7 for the highlights."""
    bent = np.where(light > 0.7, 0.7 + 0.3 * (1 - np.exp(-(light - 0.7) / 0.3)), np.maximum(light, 0))
    curve = np.where(bent <= 0.0031308, 12.92 * bent, 1.055 * np.maximum(bent, 1e-6) ** (1 / 2.4) - 0.055)
    return np.asarray(curve, np.float32)


def decode(display: Float) -> Float:
    """Linear light of sRGB values 0 to 1."""
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)
