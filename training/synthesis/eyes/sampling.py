"""Draws scenes: what varies and how far. A scene depends on nothing but the seed and its number."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.synthesis.errors import AssetError
from training.synthesis.eyes.assets import PCA_DIMENSIONS, EyeAssets
from training.synthesis.eyes.cornea import Eyeball
from training.synthesis.eyes.lids import LidHabit
from training.synthesis.eyes.region import Shape
from training.synthesis.eyes.scene import Color, Gaze, Light, Look, Scene
from training.synthesis.illumination import RoomLight, Softbox
from vcam.geometry.angles import Float, pitch_yaw_from_vector, vector_from_pitch_yaw

TEST_PEOPLE = ("f05", "m13", "m14", "m15")
TEST_IRIS = "grey_1"
"""Iris texture that only the held-out people have."""
BLINK_SHARE = 0.12
NEAR_LENS = 0
"""Which gaze of a scene looks into the lens or nearly so."""
NEAR_LENS_PAIRS = 0.4
_EYE_YAW, _EYE_UP, _EYE_DOWN = np.radians([42.0, 28.0, 42.0])


@dataclass(frozen=True, slots=True)
class Recipe:
    """How many of what."""

    seed: int = 1
    gazes: int = 6
    pairs: int = 8

    def __post_init__(self) -> None:
        """Raise ValueError where the numbers cannot be."""
        most = self.gazes * (self.gazes - 1)
        if self.gazes < 2 or not 1 <= self.pairs <= most:
            raise ValueError(
                f"a scene of {self.gazes} gazes and {self.pairs} pairs: expected at least 2 gazes and "
                f"1 to {most} pairs; change --gazes or --pairs"
            )


class SceneSampler:
    """Draws scene after scene from one set of assets."""

    def __init__(self, assets: EyeAssets, recipe: Recipe, people: Sequence[str] | None = None) -> None:
        """``people``: whom to draw, all by default; raises AssetError for one that the assets lack."""
        self._assets, self._recipe = assets, recipe
        self.people = tuple(people or sorted(assets.skins))
        for person in self.people:
            if person not in assets.skins:
                raise AssetError(f"no skin of {person!r}; the assets have {', '.join(sorted(assets.skins))}")

    def scene(self, index: int) -> Scene:
        """Scene number ``index``."""
        rng = np.random.default_rng([self._recipe.seed, index])
        person = self.people[int(rng.integers(len(self.people)))]
        eyeball = _eyeball(rng)
        head = _head(rng)
        kappa = tuple(np.radians([rng.normal(0.0, 1.0), -rng.normal(4.0, 1.3)]))
        gazes = _gazes(rng, self._recipe.gazes, head)
        return Scene(
            person,
            _shape(rng),
            eyeball,
            LidHabit(
                tone=float(np.clip(rng.normal(0.04, 0.08), -0.1, 0.3)), follow=float(rng.uniform(1.0, 1.45))
            ),
            kappa,
            head,
            float(rng.uniform(330.0, 900.0)),
            self._look(rng, person),
            _light(rng),
            gazes,
            _pairs(rng, self._recipe),
        )

    def _look(self, rng: np.random.Generator, person: str) -> Look:
        iris, tint = self._iris(rng, person)
        gray = rng.uniform(0.50, 0.76)
        made_up = rng.random() < (0.45 if person.startswith("f") else 0.04)
        shadow = rng.uniform(0.4, 1.0) * np.exp(rng.normal(0, 0.1, 3)) if made_up else np.ones(3)
        return Look(
            iris,
            tint,
            _color(gray * np.array([1.0, rng.uniform(0.94, 1.0), rng.uniform(0.88, 0.99)])),
            float(rng.beta(1.3, 3.5)),
            _color(np.exp(rng.normal(0, [0.10, 0.05, 0.07])) * np.exp(rng.normal(0, 0.15))),
            float(rng.uniform(0.1, 1.0)),
            float(rng.uniform(0.2, 1.0)),
            float(rng.uniform(0.2, 0.9)) if made_up else 0.0,
            _color(shadow),
            int(rng.integers(len(self._assets.upper_lashes))),
            int(rng.integers(len(self._assets.lower_lashes))),
            float(rng.uniform(6.0, 9.5) if made_up else rng.uniform(4.5, 8.5)),
            float(rng.uniform(2.0, 4.5)),
            float(rng.uniform(3.0, 9.0) if made_up else rng.uniform(0.6, 5.0)),
            _color(np.array([0.03, 0.02, 0.014]) * rng.uniform(0.1, 1.3)),
            _color(rng.uniform(0.03, 0.7) * np.exp(rng.normal(0, 0.2, 3))),
        )

    def _iris(self, rng: np.random.Generator, person: str) -> tuple[str, Color]:
        """Texture and tint: brown most often; the held-out people have their own texture."""
        names = sorted(self._assets.irises)
        if person in TEST_PEOPLE and TEST_IRIS in names:
            brown = rng.random() < 0.6
            tint = np.array([0.50, 0.30, 0.17]) if brown else np.ones(3)
            return TEST_IRIS, _color(tint * np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.08, 3)))
        allowed = [name for name in names if name != TEST_IRIS] or names
        weights = np.array([4.0 if name == "brown" else 1.0 for name in allowed])
        name = allowed[int(rng.choice(len(allowed), p=weights / weights.sum()))]
        dark = rng.normal(-0.35, 0.4) if name == "brown" else rng.normal(-0.1, 0.3)
        return name, _color(np.exp(np.clip(dark, -1.2, 0.5)) * np.exp(rng.normal(0, [0.1, 0.06, 0.12])))


def _eyeball(rng: np.random.Generator) -> Eyeball:
    limbus = float(rng.uniform(0.92, 1.02) * 5.9)
    return Eyeball(
        radius_mm=float(rng.uniform(12.1, 13.8)),
        limbus_mm=limbus,
        cornea_mm=float(rng.uniform(7.5, 8.2)),
        pupil_mm=float(rng.uniform(0.26, 0.55) * limbus),
    )


def _shape(rng: np.random.Generator) -> Shape:
    width = rng.uniform(0.5, 1.2)
    coefficients = np.clip(rng.normal(0, width, PCA_DIMENSIONS), -2.2, 2.2)
    hood = rng.uniform(0.5, 3.2) if rng.random() < 0.3 else 0.0
    fold = rng.uniform(0.8, 3.0) if rng.random() < 0.22 else 0.0
    drop = rng.uniform(1.0, 5.0) if rng.random() < 0.3 else rng.uniform(-1.0, 1.0)
    return Shape(
        tuple(float(c) for c in coefficients),
        float(rng.uniform(0.83, 1.0)),
        float(rng.normal(0.0, 0.35)),
        float(hood),
        float(fold),
        float(drop),
    )


def _head(rng: np.random.Generator) -> tuple[float, float]:
    if rng.random() < 0.7:
        pitch, yaw = rng.normal(-4.0, 7.0), rng.normal(0.0, 10.0)
    else:
        pitch, yaw = rng.uniform(-25, 25), rng.uniform(-35, 35)
    return float(np.radians(np.clip(pitch, -25, 25))), float(np.radians(np.clip(yaw, -35, 35)))


def _gazes(rng: np.random.Generator, count: int, head: tuple[float, float]) -> tuple[Gaze, ...]:
    near = np.radians(np.clip(rng.normal(0, 1.5, 2), -3.5, 3.5))
    gazes = [Gaze(float(near[0]), float(near[1]))]
    while len(gazes) < count:
        pitch, yaw = _direction(rng)
        if not _reachable(pitch, yaw, head):
            continue
        # The first gaze never blinks, so the others make up for it.
        blinks = rng.random() < BLINK_SHARE * count / (count - 1)
        blink = float(rng.uniform(0.25, 1.0) if rng.random() < 0.8 else 1.0) if blinks else 0.0
        gazes.append(Gaze(pitch, yaw, blink))
    return tuple(gazes)


def _direction(rng: np.random.Generator) -> tuple[float, float]:
    """Pitch and yaw, rad: down at a screen, about the lens, or anywhere."""
    kind = rng.random()
    if kind < 0.42:
        angles = rng.uniform(-30, -5), np.clip(rng.normal(0, 11), -35, 35)
    elif kind < 0.62:
        angles = np.clip(rng.normal(0, 5, 2), -15, 15)
    else:
        angles = rng.uniform(-30, 30), rng.uniform(-35, 35)
    return float(np.radians(angles[0])), float(np.radians(angles[1]))


def _reachable(pitch: float, yaw: float, head: tuple[float, float]) -> bool:
    """Whether an eye can turn so far in its head."""
    in_head = pitch_yaw_from_vector(vector_from_pitch_yaw(pitch - head[0], yaw - head[1]))
    return bool(abs(in_head[1]) < _EYE_YAW and -_EYE_DOWN < in_head[0] < _EYE_UP)


def _pairs(rng: np.random.Generator, recipe: Recipe) -> tuple[tuple[int, int], ...]:
    """Distinct ordered pairs, a share of them with the gaze near the lens as target."""
    others = rng.permutation(np.arange(1, recipe.gazes))
    to_lens = [(int(k), NEAR_LENS) for k in others[: max(1, round(NEAR_LENS_PAIRS * recipe.pairs))]]
    rest = [(s, t) for s in range(recipe.gazes) for t in range(recipe.gazes) if s != t]
    rest = [pair for pair in rest if pair not in to_lens]
    chosen = rng.permutation(len(rest))[: recipe.pairs - len(to_lens)]
    return tuple(to_lens + [rest[int(k)] for k in chosen])


def _light(rng: np.random.Generator) -> Light:
    window = Softbox(
        _toward(rng.uniform(-85, 85), rng.uniform(-5, 60)),
        float(rng.uniform(0.12, 0.5)),
        float(rng.uniform(0.15, 0.55)),
        _color(np.exp(rng.uniform(0.5, 3.2)) * _warmth(rng)),
    )
    lamp = Softbox(
        _toward(rng.uniform(-60, 60), rng.uniform(5, 75)),
        float(rng.uniform(0.03, 0.14)),
        float(rng.uniform(0.03, 0.14)),
        _color(np.exp(rng.uniform(0.0, 4.5)) * _warmth(rng)),
    )
    screen = Softbox(
        _toward(rng.uniform(-15, 15), rng.uniform(-35, -5)),
        float(rng.uniform(0.18, 0.4)),
        float(rng.uniform(0.12, 0.28)),
        _color(np.exp(rng.uniform(-2.0, 1.4)) * np.array([0.85, 0.95, 1.15])),
    )
    above = _warmth(rng)
    below = above * rng.uniform(0.25, 0.9) * np.exp(rng.normal(0, 0.08, 3))
    boxes = (window, lamp, screen)
    scale = 1.0 / _toward_camera(boxes, above, below)
    room = RoomLight(
        tuple(
            Softbox(box.direction, box.half_width, box.half_height, _color(scale * np.array(box.radiance)))
            for box in boxes
        ),
        _color(scale * above),
        _color(scale * below),
    )
    return Light(room, float(rng.uniform(0.35, 0.9)), float(np.exp(rng.normal(0.0, 0.25))))


def _toward_camera(boxes: Sequence[Softbox], above: Float, below: Float) -> float:
    """What a white surface that faces the camera sends back."""
    total = 0.5 * float((above + below).mean())
    for box in boxes:
        toward = box.axes()[2]
        energy = 4 * box.half_width * box.half_height * float(np.mean(box.radiance))
        total += energy * max(0.0, -float(toward[2])) / np.pi
    return total


def _toward(azimuth_deg: float, elevation_deg: float) -> Color:
    """A direction from the eye, 0 and 0 toward the camera, azimuth to image right, elevation up."""
    a, e = np.radians([azimuth_deg, elevation_deg])
    return _color(np.array([np.sin(a) * np.cos(e), -np.sin(e), -np.cos(a) * np.cos(e)]))


def _warmth(rng: np.random.Generator) -> Float:
    """A light's color between skylight and a lamp, mean about 1."""
    t = rng.normal(0.0, 0.12)
    return np.array([np.exp(t), 1.0, np.exp(-1.3 * t)])


def _color(values: Float) -> Color:
    r, g, b = (float(v) for v in values)
    return r, g, b
