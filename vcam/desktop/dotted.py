"""Settings by their dotted names, e.g. "source.spec"."""

from collections.abc import Mapping
from typing import Any

from vcam.config import Config, updated

_WHERE = "settings"


def value_at(config: Config, key: str) -> Any:
    """The value of a dotted name."""
    value: Any = config
    for name in key.split("."):
        value = getattr(value, name)
    return value


def changed(config: Config, values: Mapping[str, Any]) -> Config:
    """A copy with other values.

    Raises:
        ConfigError: a name is unknown or a value not accepted.
    """
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *sections, name = key.split(".")
        table = tree
        for section in sections:
            table = table.setdefault(section, {})
        table[name] = value
    return updated(config, tree, _WHERE)
