"""The networks. ``build`` makes one from its name and settings, as a checkpoint and a recipe hold them."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

from torch import nn

Settings = TypeVar("Settings")

NAMES = ("cfgr", "deepwarp", "prgan", "discriminator", "gaze_estimator")
"""What ``build`` knows; the first three are redirectors."""
SIZES = ("published", "live")


def build(name: str, settings: Mapping[str, Any] | None = None) -> nn.Module:
    """A fresh network.

    Args:
        name: one of ``NAMES``.
        settings: ``size``, "published" (the default) or "live", and fields of the model's settings class;
            lists stand for tuples, what is missing has its default. DeepWarp and estimators have one size.

    Raises:
        ValueError: no such network or size, or it has no such setting.
    """
    values = dict(settings or {})
    size = values.pop("size", SIZES[0])
    if size not in SIZES:
        raise ValueError(f"unknown size {size!r} of {name}; known: {', '.join(SIZES)}")
    match name, size:
        case "cfgr", "live":
            from training.models.cfgr_live import LiveCfgr, LiveSettings

            return LiveCfgr(settings_of(LiveSettings, values))
        case "cfgr", _:
            from training.models.cfgr import Cfgr, CfgrSettings

            return Cfgr(settings_of(CfgrSettings, values))
        case "deepwarp", _:
            from training.models.deepwarp import DeepWarp, DeepWarpSettings

            return DeepWarp(settings_of(DeepWarpSettings, values))
        case "prgan", _:
            from training.models.prgan import Prgan, PrganSettings

            small = {"width": 32, "blocks": 4} if size == "live" else {}
            return Prgan(settings_of(PrganSettings, small | values))
        case "discriminator", _:
            from training.models.discriminator import Discriminator, DiscriminatorSettings

            small = {"width": 32, "spectral": True} if size == "live" else {}
            return Discriminator(settings_of(DiscriminatorSettings, small | values))
        case "gaze_estimator", _:
            from training.models.gaze_estimator import EstimatorSettings, GazeEstimator

            return GazeEstimator(settings_of(EstimatorSettings, values))
        case _:
            raise ValueError(f"unknown model {name!r}; known: {', '.join(NAMES)}")


def settings_of(kind: type[Settings], values: Mapping[str, Any]) -> Settings:
    """A frozen settings object of a mapping as TOML or JSON hold it.

    Raises:
        ValueError: a key that the settings class does not have.
    """
    known = [field.name for field in fields(kind)]  # pyright: ignore[reportArgumentType]
    for key in values:
        if key not in known:
            raise ValueError(f"unknown setting {key!r} of {kind.__name__}; known: {', '.join(known)}")
    return kind(**{key: tuple(v) if isinstance(v, list) else v for key, v in values.items()})
