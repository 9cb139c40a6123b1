"""What a webcam and its driver make of an eye: a few dozen pixels, blurred, noisy, sharpened, compressed.

A ``Shot`` is one camera, light and frame. Taking several pictures with it gives them the same noise, pixel
for pixel: at run time the target is a redrawn version of the very frame that the source came from.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from training.data.samples import Floats, Image
from vcam.geometry.angles import Float
from vcam.geometry.patch import PATCH_SIZE, apply, cut_patch, invert

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class WebcamRange:
    """Between what the cameras vary (synthesis.md C and E.5)."""

    eye_px: Range = (25.0, 110.0)
    """Distance of the canthi in the frame; drawn evenly in its logarithm."""
    roll_deg: float = 8.0
    """Greatest roll of the head in the frame: the patch is cut across the pixel grid."""
    blur_px: Range = (0.4, 1.1)
    """Standard deviation in px of the frame; lens, focus and motion together."""
    motion_share: float = 0.12
    """Share of frames blurred along one axis besides."""
    gain_log2: float = 0.5
    """Standard deviation of the exposure, in stops."""
    white_balance: float = 0.08
    """Standard deviation of the logarithm of each channel's gain."""
    gamma: Range = (0.8, 1.25)
    contrast: Range = (-0.15, 0.35)
    """0 is none, 1 a full S curve."""
    saturation: Range = (0.7, 1.2)
    low_light_share: float = 0.2
    """Share of dim rooms: little light, much gain."""
    noise: Range = (0.001, 0.015)
    """Standard deviation at mid gray and full scale; drawn evenly in its logarithm, threefold if dim."""
    coarse_noise_share: float = 0.5
    """Share of cameras whose noise reduction leaves blotches instead of grain."""
    sharpening_share: float = 0.6
    sharpening: Range = (0.2, 1.2)
    jpeg_share: float = 0.75
    jpeg_quality: Range = (35.0, 96.0)


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """One frame of one camera, about one eye."""

    frame_to_picture: Float
    """(2, 3): px of the frame's crop to px of the sharp picture."""
    size: tuple[int, int]
    """(width, height) of the crop."""
    blur_px: Range
    """Standard deviations along x and y, px of the sharp picture."""
    tone: Floats
    """(256, 3): value after exposure, white balance, gamma and contrast, 0 to 255."""
    grain: Floats
    """(256, 3): standard deviation of the noise at each value."""
    noise: Floats
    """(height, width, 3) of the crop, standard deviation 1."""
    coarse: bool
    """Whether the noise comes in blotches."""
    color: Floats
    """(3, 3): saturation."""
    sharpening: float
    jpeg_quality: int
    """0: not compressed."""

    @classmethod
    def draw(cls, to_picture: Float, span_px: float, ranges: WebcamRange, rng: np.random.Generator) -> "Shot":
        """A shot that shows the whole patch.

        Args:
            to_picture: (2, 3) patch px to px of the sharp picture.
            span_px: distance of the canthi in the sharp picture.
            ranges: what varies.
            rng: decides everything.
        """
        frame_to_picture, size, scale = _view(to_picture, span_px, ranges, rng)
        tone, grain = _response(ranges, rng)
        blur = scale * rng.uniform(*ranges.blur_px)
        motion = blur * rng.uniform(1.5, 3.0) if rng.random() < ranges.motion_share else blur
        along_x = rng.random() < 0.7
        sharpening = rng.uniform(*ranges.sharpening) if rng.random() < ranges.sharpening_share else 0.0
        quality = round(rng.uniform(*ranges.jpeg_quality)) if rng.random() < ranges.jpeg_share else 0
        coarse = rng.random() < ranges.coarse_noise_share
        return cls(
            frame_to_picture=frame_to_picture,
            size=size,
            blur_px=(motion, blur) if along_x else (blur, motion),
            tone=tone,
            grain=grain,
            noise=_noise(size, coarse, rng),
            coarse=coarse,
            color=_saturated(rng.uniform(*ranges.saturation)),
            sharpening=sharpening,
            jpeg_quality=quality,
        )

    def take(self, picture: Image) -> Image:
        """The crop (height, width, 3) RGB of a sharp picture as the camera delivers it."""
        seen = self._through_the_lens(picture)
        frame = cv2.transform(cv2.LUT(seen, self.tone[None]), self.color)
        frame += cv2.LUT(seen, self.grain[None]) * self.noise
        smooth = cv2.GaussianBlur(frame, (5, 5), 1.0) if self.sharpening else frame
        amount = self.sharpening
        delivered = cv2.addWeighted(frame, 1 + amount, smooth, -amount, 0, dtype=cv2.CV_8U)
        return self._compressed(np.asarray(delivered, np.uint8))

    def patch(self, picture: Image, to_picture: Float) -> Image:
        """The patch (64, 96, 3) RGB that the runtime would cut from this frame."""
        return cut_patch(self.take(picture), joined(invert(self.frame_to_picture), to_picture))

    def one_frame_later(self, rng: np.random.Generator) -> "Shot":
        """The same camera and light with noise anew."""
        return replace(self, noise=_noise(self.size, self.coarse, rng))

    def _through_the_lens(self, picture: Image) -> Image:
        """The lens's blur also keeps the coarser pixel grid from aliasing, so both are one filter."""
        matrix, blur = self.frame_to_picture, np.array(self.blur_px)
        if blur.min() > _HALVING_BLUR_PX:  # half the size first: the same picture at a quarter of the cost
            height, width = picture.shape[:2]
            halved = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
            picture = np.asarray(halved, np.uint8)
            matrix = matrix / 2
            matrix[:, 2] -= 0.25
            blur = np.sqrt(blur**2 - 0.25) / 2
        across, down = blur.tolist()
        soft = cv2.GaussianBlur(picture, (_taps(across), _taps(down)), across, None, down)
        # four channels are warped in half the time of three
        seen = cv2.warpAffine(
            cv2.cvtColor(soft, cv2.COLOR_RGB2RGBA),
            matrix,
            self.size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(cv2.cvtColor(seen, cv2.COLOR_RGBA2RGB), np.uint8)

    def _compressed(self, frame: Image) -> Image:
        if not self.jpeg_quality:
            return frame
        setting = [cv2.IMWRITE_JPEG_QUALITY, self.jpeg_quality]
        _, data = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), setting)
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR_RGB), np.uint8)


def joined(second: Float, first: Float) -> Float:
    """The affine (2, 3) that does ``first``, then ``second``."""
    matrix = second[:, :2] @ first
    matrix[:, 2] += second[:, 2]
    return matrix


_PATCH_CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]]) * (np.array(PATCH_SIZE) - 1.0)
_MARGIN_PX = 4
_HALVING_BLUR_PX = 0.9


def _taps(sigma: float) -> int:
    """Odd size of a Gaussian's kernel."""
    return 2 * math.ceil(2.5 * sigma) + 1


def _view(
    to_picture: Float, span_px: float, ranges: WebcamRange, rng: np.random.Generator
) -> tuple[Float, tuple[int, int], float]:
    """The crop's (2, 3) to the picture, its (width, height), and px of the picture per px of the frame."""
    low, high = np.log(ranges.eye_px)
    scale = span_px / math.exp(rng.uniform(low, high))
    roll = math.radians(ranges.roll_deg) * rng.uniform(-1, 1)
    linear = scale * np.array([[math.cos(roll), -math.sin(roll)], [math.sin(roll), math.cos(roll)]])
    corners = apply(to_picture, _PATCH_CORNERS) @ np.linalg.inv(linear).T
    start = corners.min(axis=0) - _MARGIN_PX - rng.uniform(0, 8, 2)  # where the blocks of JPEG begin
    width, height = np.ceil(corners.max(axis=0) + _MARGIN_PX - start).astype(int).tolist()
    return np.column_stack([linear, linear @ start]), (width, height), scale


def _response(ranges: WebcamRange, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Value and noise (256, 3) of a camera, for each value of the sharp picture.

    Both follow from one response: light, times the gains, through gamma and an S curve. Shot noise grows with
    the root of the light, and the response's slope carries it into the picture.
    """
    dim = rng.random() < ranges.low_light_share
    stops = ranges.gain_log2 * rng.standard_normal() - (rng.uniform(0.5, 1.8) if dim else 0.0)
    gains = 2.0**stops * np.exp(ranges.white_balance * rng.standard_normal(3))
    gamma = rng.uniform(*ranges.gamma) / 2.2
    contrast = rng.uniform(*ranges.contrast)
    low, high = np.log(ranges.noise)
    level = math.exp(rng.uniform(low, high)) * (3.0 if dim else 1.0)
    light = _LIGHT[:, None] * gains
    bent = np.where(light > 0.7, 1.0 - 0.3 * np.exp(-(light - 0.7) / 0.3), light)  # a shoulder, no clipping
    curve = np.maximum(bent, 1e-4) ** gamma
    value = curve + contrast * (curve * curve * (3 - 2 * curve) - curve)
    slope = np.minimum(np.diff(value, axis=0, append=value[-1:]) / (_LIGHT_STEP[:, None] * gains), 6.0)
    spread = level * slope * np.sqrt(np.maximum(light, 0.02) / 0.2)
    return (255.0 * value).astype(np.float32), np.minimum(255.0 * spread, _NOISIEST).astype(np.float32)


_NOISIEST = 16.0
"""Of 255: cameras smooth what would be noisier."""
_LIGHT = (np.arange(256) / 255.0) ** 2.2
_LIGHT_STEP = np.diff(_LIGHT, append=1.01)


def _saturated(amount: float) -> Floats:
    luma = np.array([0.299, 0.587, 0.114], np.float32)
    return (amount * np.eye(3) + (1 - amount) * luma[None, :]).astype(np.float32)


_TILE = 512


@lru_cache(maxsize=2)
def _noise_tile(coarse: bool) -> Floats:
    """(512, 512, 3) of standard deviation 1, half of it common to the channels; the same in every process."""
    rng = np.random.default_rng(20261121)
    tile = rng.standard_normal((_TILE, _TILE, 3), np.float32) + rng.standard_normal(
        (_TILE, _TILE, 1), np.float32
    )
    if coarse:
        tile = cv2.GaussianBlur(tile, (0, 0), 0.9, borderType=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(tile / tile.std())


def _noise(size: tuple[int, int], coarse: bool, rng: np.random.Generator) -> Floats:
    """A window of the tile, perhaps mirrored: drawing each anew would cost more than all else."""
    tile = _noise_tile(coarse)
    width, height = size
    left, top = (int(n) for n in (rng.random(2) * (_TILE - width, _TILE - height)))
    flip_x, flip_y = (1 - 2 * rng.integers(0, 2, 2)).tolist()
    return tile[top : top + height, left : left + width][::flip_y, ::flip_x]
