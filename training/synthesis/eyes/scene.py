"""One scene: a person before a camera under a light, and the directions in which the eye looks in turn."""

from dataclasses import dataclass

from training.synthesis.eyes.cornea import Eyeball
from training.synthesis.eyes.lids import LidHabit
from training.synthesis.eyes.region import Shape
from training.synthesis.illumination import RoomLight

Color = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Gaze:
    """Where the eye looks, patch frame, rad (``vcam.geometry.angles``), and how far a blink has come."""

    pitch: float
    yaw: float
    blink: float = 0.0


@dataclass(frozen=True, slots=True)
class Look:
    """Colors and strengths that no label depends on; linear RGB factors unless said otherwise."""

    iris: str
    iris_tint: Color = (1.0, 1.0, 1.0)
    sclera_tint: Color = (1.0, 1.0, 1.0)
    redness: float = 0.2
    """0 plain white of the eye, 1 the texture's own red veins."""
    skin_tint: Color = (1.0, 1.0, 1.0)
    gloss: float = 0.5
    """Strength of the highlights on skin."""
    bump: float = 0.5
    liner: float = 0.0
    """How dark the line of the lashes is painted, 0 to 1."""
    eye_shadow: Color = (1.0, 1.0, 1.0)
    upper_lashes: int = 0
    """Which of the assets' lash pictures."""
    lower_lashes: int = 0
    upper_lash_mm: float = 8.0
    lower_lash_mm: float = 4.5
    lash_density: float = 4.0
    """How many layers of the picture's hairs lie over each other."""
    lash_color: Color = (0.02, 0.015, 0.012)
    background: Color = (0.2, 0.2, 0.2)


@dataclass(frozen=True, slots=True)
class Light:
    """The light, fixed in space, and how the camera takes it."""

    room: RoomLight
    """Scaled so that a white surface that faces the camera sends back about 1."""
    relight: float = 0.6
    """How much of it shows on skin, whose photographs carry light of their own; 0 to 1."""
    exposure: float = 1.0


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything about one scene."""

    person: str
    shape: Shape
    eyeball: Eyeball
    habit: LidHabit
    kappa: tuple[float, float]
    """Pitch and yaw, rad, from the line of sight to the optical axis; yaw is negative: toward the temple."""
    head: tuple[float, float]
    """Pitch and yaw of the face before the canthi are leveled, patch frame, rad."""
    distance_mm: float
    look: Look
    light: Light
    gazes: tuple[Gaze, ...]
    pairs: tuple[tuple[int, int], ...]
    """Ordered (source, target) whose flow is stored."""
