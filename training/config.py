"""The recipe of a training: one frozen tree, read from TOML and changed by ``--set key=value``.

A recipe may begin from another: ``base = "cfgr_table.toml"`` (beside it) takes all of that one's settings and
changes only what follows. Unknown keys, wrong types and values out of range are refused by name.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal

from training.errors import RecipeError
from training.losses.adversarial import Adversarial
from training.settings import merged, table_of, updated

_POSITIVE = {"range": (0.0, 1e6)}
_SHARE = {"range": (0.0, 1.0)}
_STEPS = {"range": (0, 10**9)}


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """Which network, and what differs from its own defaults."""

    name: str = "cfgr"
    """A name that ``training.models.build`` knows."""
    size: Literal["live", "published"] = "published"
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Fields of the model's own settings, checked by the model."""


@dataclass(frozen=True, slots=True)
class DataSettings:
    """What one step sees."""

    batch: int = field(default=32, metadata={"range": (1, 65536)})
    """Samples of one step, over all processes together."""
    workers: int = field(default=1, metadata={"range": (0, 256)})
    """Processes that prepare samples; 0 prepares them between the steps."""
    cut: Literal["webcam", "exact", "whole"] = "webcam"
    """Pictures as a webcam would show them, as they were rendered, or not cut at all (PRGAN's crops)."""
    preview: int = field(default=32, metadata={"range": (0, 4096)})
    """Held-out samples that sheets and figures on the way are made of."""
    lens_copies: int = field(default=1, metadata={"range": (1, 1000)})
    """How often a rendered pair occurs whose target looks into the lens, as the product asks for."""
    source_jitter_deg: tuple[float, ...] = field(default=(1.5, 4.0), metadata={"range": (0.0, 30.0)})
    """Least and greatest standard deviation of the error put on the source angles (seeds.md 1.10)."""


@dataclass(frozen=True, slots=True)
class GuideSettings:
    """Frozen networks that judge during training. None of them may be the one that scores the result."""

    gaze: str = ""
    """Checkpoint of the gaze estimator behind the gaze loss."""
    features: str = ""
    """Checkpoint of the gaze estimator whose features stand in for VGG in the perceptual loss."""
    vgg: str = ""
    """A file of VGG-16 weights of the user's own, used instead of ``features``."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """What each term of a stage's objective counts; 0 leaves it out. CFGR's own are lost (seeds.md 1.7)."""

    coarse: float = field(default=0.0, metadata=_POSITIVE)
    """Squared distance of the warped patch from the target (L_coarse)."""
    flow: float = field(default=0.0, metadata=_POSITIVE)
    """Distance of the flow from the renderer's, where that is known."""
    smoothness: float = field(default=0.0, metadata=_POSITIVE)
    folding: float = field(default=0.0, metadata=_POSITIVE)
    """Neighbors of the flow that change places."""
    reconstruction: float = field(default=0.0, metadata=_POSITIVE)
    """Absolute distance of the result from the target (L_rec); squared in DeepWarp's stage."""
    gradient: float = field(default=0.0, metadata=_POSITIVE)
    """Distance of the result's slopes from the target's."""
    residual: float = field(default=0.0, metadata=_POSITIVE)
    """Residual outside of where an edit is expected."""
    content: float = field(default=0.0, metadata=_POSITIVE)
    style: float = field(default=0.0, metadata=_POSITIVE)
    """The two parts of L_percep."""
    gaze: float = field(default=0.0, metadata=_POSITIVE)
    """The reading of the result against the target angles, by guides.gaze if there is one, else by the
    discriminator's regressor, which learns from real patches with the same weight."""
    adversarial: float = field(default=0.0, metadata=_POSITIVE)
    adversarial_kind: Adversarial = "hinge"
    gradient_penalty: float = field(default=10.0, metadata=_POSITIVE)
    """Of the discriminator, with "wgan_gp" alone."""
    cycle: float = field(default=0.0, metadata=_POSITIVE)
    """The result, turned back, against the source."""
    identity: float = field(default=0.0, metadata=_POSITIVE)
    """A difference of zero must leave the source as it is."""
    temporal: float = field(default=0.0, metadata=_POSITIVE)
    """The edit of a frame against that of the next."""


@dataclass(frozen=True, slots=True)
class StageSettings:
    """One stage of a training; 0 steps leave it out."""

    steps: int = field(default=0, metadata=_STEPS)
    learning_rate: float = field(default=2e-4, metadata={"range": (0.0, 1.0)})
    critic_learning_rate: float = field(default=2e-4, metadata={"range": (0.0, 1.0)})
    betas: tuple[float, ...] = field(default=(0.5, 0.999), metadata={"range": (0.0, 0.99999)})
    warm_up_steps: int = field(default=0, metadata=_STEPS)
    flat: float = field(default=0.5, metadata=_SHARE)
    """Share of the steps at the full rate, before it falls to 0."""
    decay: Literal["linear", "cosine", "none"] = "linear"
    clip: float = field(default=5.0, metadata=_POSITIVE)
    """Greatest norm of the gradient; 0 does not clip."""
    generator_every: int = field(default=1, metadata={"range": (1, 1000)})
    """The generator moves at every n-th step of the critic."""
    eye_weight: float = field(default=0.0, metadata=_POSITIVE)
    """How much more than the skin around it the eye counts in losses of pixels."""
    loss: LossWeights = field(default_factory=LossWeights)

    def __post_init__(self) -> None:
        if len(self.betas) != 2:
            raise ValueError(f"betas are two numbers, got {len(self.betas)}")


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages in the order in which they run."""

    estimate: StageSettings = field(default_factory=StageSettings)
    """A gaze estimator with its learned sigma."""
    coarse: StageSettings = field(default_factory=StageSettings)
    """CFGR's flow alone."""
    refine: StageSettings = field(default_factory=StageSettings)
    """CFGR's refiner and discriminator by turns, the flow frozen."""
    joint: StageSettings = field(default_factory=StageSettings)
    """CFGR end to end."""
    warp: StageSettings = field(default_factory=StageSettings)
    """DeepWarp."""
    wasserstein: StageSettings = field(default_factory=StageSettings)
    """PRGAN."""

    def ordered(self) -> Iterator[tuple[str, StageSettings]]:
        """Name and settings of the stages that have steps."""
        for each in fields(self):
            settings: StageSettings = getattr(self, each.name)
            if settings.steps:
                yield each.name, settings


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """What models are compared on."""

    protocol: Literal["columbia", "any"] = "columbia"
    """The 21 directions under five head yaws, or whatever pairs the folder holds."""
    cut: Literal["webcam", "exact", "whole"] = "exact"
    pairs: int = field(default=0, metadata=_STEPS)
    """How many pairs, picked evenly by the recipe's seed; 0 takes all."""
    pictures: int = field(default=4000, metadata=_STEPS)
    """How many pictures estimators read, likewise."""
    batch: int = field(default=32, metadata={"range": (1, 65536)})
    source_error_deg: float = field(default=0.0, metadata={"range": (0.0, 30.0)})
    """Standard deviation of the error of the source angles that the models are told."""
    lpips_weights: str = ""
    """A file of LPIPS channel weights of the user's own; it needs guides.vgg."""


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How often a training says and keeps what it does."""

    every_steps: int = field(default=50, metadata={"range": (1, 10**6)})
    sheet_every_steps: int = field(default=500, metadata={"range": (1, 10**9)})
    """A picture of source, warped, result and target."""
    checkpoint_minutes: float = field(default=5.0, metadata={"range": (0.0, 1e4)})
    checkpoint_every_steps: int = field(default=0, metadata=_STEPS)
    """Besides the minutes; 0 is by minutes only."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides what a training gives, but the data and the machine."""

    seed: int = field(default=1, metadata={"range": (0, 2**31 - 1)})
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = field(default=0, metadata={"range": (0, 1024)})
    """Threads of torch on the CPU; 0 leaves torch's choice."""
    average: float = field(default=0.0, metadata={"range": (0.0, 0.99999)})
    """Decay of the moving average of the weights, which is what is kept; 0 keeps the last weights."""
    model: ModelChoice = field(default_factory=ModelChoice)
    critic: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Settings of the discriminator, where a stage has one."""
    data: DataSettings = field(default_factory=DataSettings)
    guides: GuideSettings = field(default_factory=GuideSettings)
    stages: Stages = field(default_factory=Stages)
    evaluation: EvaluationSettings = field(default_factory=EvaluationSettings)
    log: LogSettings = field(default_factory=LogSettings)


def load(path: Path, overrides: Iterable[str] = ()) -> Recipe:
    """The recipe of a TOML file, then changed by ``key=value`` texts, the last of a key winning.

    Raises:
        RecipeError: a file cannot be read, or a setting is unknown, of the wrong type or out of range.

    """
    recipe = updated(Recipe(), _with_base(path, ()), str(path))
    return updated(recipe, table_of(overrides), "--set")


def as_table(recipe: Recipe) -> dict[str, Any]:
    """The recipe as nested plain values, to be kept in a checkpoint."""
    return asdict(recipe)


def _with_base(path: Path, seen: tuple[Path, ...]) -> dict[str, Any]:
    table = _read(path)
    base = table.pop("base", None)
    if base is None:
        return table
    if not isinstance(base, str):
        raise RecipeError(f"{path}: base: expected the name of a recipe beside this one, got {base!r}")
    below = path.parent / base
    if below.resolve() in (*seen, path.resolve()):
        raise RecipeError(f"{path}: base {base} leads back to a recipe that begins from it")
    return merged(_with_base(below, (*seen, path.resolve())), table)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as error:
        raise RecipeError(f"{path}: cannot read the recipe: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecipeError(f"{path}: a recipe must be UTF-8, but byte {error.start} is not") from error
    except ValueError as error:
        raise RecipeError(f"{path}: not valid TOML: {error}") from error
