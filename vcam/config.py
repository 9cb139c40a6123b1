"""The settings: one frozen tree, its defaults, and how a TOML file and ``key=value`` change it.

Any frozen dataclass whose fields all have defaults can be a section. A field is ``bool``, ``int``,
``float``, ``str``, a ``Literal`` of strings, or another section. Its closed range, if it has one, is
``field(default=..., metadata={"range": (low, high)})``: plain data, so that the layers below can declare
their own sections without importing this module.
"""

import difflib
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from vcam.errors import ConfigError
from vcam.gaze.settings import GazeSettings
from vcam.policy import PolicySettings
from vcam.redirect.geometric import RedirectSettings
from vcam.track import TrackingSettings

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

_SET = "--set"


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where frames come from; size and rate are what a camera is asked for."""

    spec: str = "camera"
    """camera, camera:NAME, camera:N, demo, or the path of a picture or video."""
    width: int = field(default=1280, metadata={"range": (16, 7680)})
    height: int = field(default=720, metadata={"range": (16, 4320)})
    fps: float = field(default=30.0, metadata={"range": (1.0, 240.0)})


@dataclass(frozen=True, slots=True)
class SinkConfig:
    """Where frames go."""

    spec: str = "virtual"
    """virtual, pipewire, preview, or the path of a video to write."""
    compare: Literal["auto", "on", "off"] = "auto"
    """Before and after side by side; auto: only for the demo in a file or window."""
    overlay: bool = False
    """The meter's line in the preview."""
    on_demand: Literal["auto", "off"] = "auto"
    """auto: the camera is open only while a program reads the virtual one, where the system tells."""
    pass_through_after_s: float = field(default=0.3, metadata={"range": (0.1, 3600.0)})
    """Silence of the correction after which the camera's own frames are sent."""
    placeholder_after_s: float = field(default=2.0, metadata={"range": (0.1, 3600.0)})
    """Silence of the camera after which a placeholder is sent."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """What runs the models."""

    backend: Literal["auto", "cpu", "cuda", "tensorrt"] = "auto"
    models: str = ""
    """A folder with models of your own, by their names; empty: those that come with GazeCam."""


@dataclass(frozen=True, slots=True)
class DesktopConfig:
    """Tray and window. Starting at login is no setting: the system's own entry (``autostart``) says it."""

    theme: Literal["system", "light", "dark"] = "system"
    hotkey: str = "Ctrl+Alt+G"
    """Switches eye contact on and off from any program; empty: none."""
    show_window_at_start: bool = True
    notifications: bool = True
    """Say it when the camera is lost or back, or a slower part had to take over."""
    split: float = field(default=0.5, metadata={"range": (0.0, 1.0)})
    """Where the window's picture changes from before to after, as a share of its width."""


@dataclass(frozen=True, slots=True)
class Config:
    """All settings."""

    redirector: Literal["cfgr", "geometric", "gazenerf"] = "cfgr"
    estimator: Literal["fused", "geometric"] = "fused"
    """How the gaze is read: by geometry and the learned model together, or by geometry alone."""
    source: SourceConfig = field(default_factory=SourceConfig)
    sink: SinkConfig = field(default_factory=SinkConfig)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    gaze: GazeSettings = field(default_factory=GazeSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)
    redirect: RedirectSettings = field(default_factory=RedirectSettings)
    engine: EngineConfig = field(default_factory=EngineConfig)
    desktop: DesktopConfig = field(default_factory=DesktopConfig)


def load(path: Path | None = None, overrides: Iterable[str] = ()) -> Config:
    """The defaults, changed by a TOML file and then by ``key=value`` texts, the last of a key winning.

    Raises:
        ConfigError: the file cannot be read, or a setting is unknown, of the wrong type or out of range.

    """
    config = Config() if path is None else parsed(read(path), str(path))
    return overridden(config, overrides)


def read(path: Path) -> str:
    """The text of a settings file.

    Raises:
        ConfigError: it cannot be read, or is not UTF-8.

    """
    try:
        # Windows editors put a byte-order mark in front, which TOML does not allow
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot read the settings: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: settings must be UTF-8, but byte {error.start} is not; save the file as UTF-8"
        ) from error


def parsed(text: str, where: str) -> Config:
    """The defaults, changed by a TOML document; ``where`` names it in messages.

    Raises:
        ConfigError: it is not TOML, or a setting is unknown, of the wrong type or out of range.

    """
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{where}: not valid TOML: {error}") from error
    return updated(Config(), table, where)


def overridden(config: Config, overrides: Iterable[str]) -> Config:
    """The settings, changed by ``key=value`` texts, the last of a key winning.

    Raises:
        ConfigError: a setting is unknown, of the wrong type or out of range.

    """
    return updated(config, _table_of(overrides), _SET)


def updated(settings: T, table: Mapping[str, Any], where: str, prefix: str = "") -> T:
    """A copy of ``settings`` with the values of a nested table.

    ``where`` names the origin and ``prefix`` the section ("source.") in messages.

    Raises:
        ConfigError: a key is unknown, or its value of the wrong type or out of range.

    """
    kinds, known = get_type_hints(type(settings)), {f.name: f for f in fields(settings)}
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if name not in known:
            raise ConfigError(f"{where}: {_unknown(name, settings, prefix)}")
        key, current = prefix + name, getattr(settings, name)
        if is_dataclass(current) and not isinstance(current, type):
            changes[name] = updated(current, _section(current, value, where, key), where, f"{key}.")
        else:
            changes[name] = _accepted(_Rule.of(kinds[name], known[name]), value, f"{where}: {key}")
    try:
        return replace(settings, **changes)
    except ConfigError as error:  # values that are fine alone and not together
        raise ConfigError(f"{where}: {error}") from error


def flat(settings: "DataclassInstance") -> dict[str, Any]:
    """Each setting by its whole name, "source.fps", in the order of the document."""
    return flat_table(asdict(settings))


def flat_table(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Each value of a nested table by its whole name."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        inner = isinstance(value, dict)
        found |= (
            flat_table(cast(dict[str, Any], value), f"{prefix}{name}.") if inner else {prefix + name: value}
        )
    return found


def shown(value: object) -> str:
    """A value as a user would write it, which is TOML."""
    if isinstance(value, _Typed):
        return value.text
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # TOML's basic string is JSON's, except that DEL must be escaped and a surrogate must not
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)


@dataclass(frozen=True, slots=True)
class _Typed:
    """A value as typed on the command line, to be read once the field says what it expects."""

    text: str


@dataclass(frozen=True, slots=True)
class _Rule:
    """What one field accepts."""

    kind: Any
    choices: tuple[str, ...]
    limits: tuple[float, float] | None

    @classmethod
    def of(cls, hint: Any, declared: "Field[Any]") -> "_Rule":
        choices = get_args(hint) if get_origin(hint) is Literal else ()
        return cls(str if choices else hint, choices, declared.metadata.get("range"))

    def accepts(self, value: object) -> bool:
        if self.kind is float:
            # compared instead of isfinite: that one overflows on a huge integer; NaN fails here too
            fits = type(value) in (int, float) and abs(cast(float, value)) <= sys.float_info.max
        else:
            fits = type(value) is self.kind
        if fits and self.limits:
            return self.limits[0] <= cast(float, value) <= self.limits[1]
        return fits and (not self.choices or value in self.choices)

    def __str__(self) -> str:
        if self.choices:
            return "one of " + ", ".join(map(shown, self.choices))
        nouns = {bool: "true or false", int: "an integer", float: "a finite number", str: "a string"}
        if self.kind not in nouns:
            raise TypeError(f"vcam.config has no rule for a field of type {self.kind}")
        return nouns[self.kind] + (f" from {self.limits[0]} to {self.limits[1]}" if self.limits else "")


def _table_of(overrides: Iterable[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for override in overrides:
        key, equals, text = (part.strip() for part in override.partition("="))
        if not equals or not key:
            raise ConfigError(f"{_SET} {override}: expected key=value, e.g. {_SET} source.fps=30")
        *sections, name = key.split(".")
        table = tree
        for section in sections:
            table = table.setdefault(section, {})
            if isinstance(table, _Typed):
                raise ConfigError(f"{_SET} {override}: {section} is also set to {table.text}")
        table[name] = _Typed(text)
    return tree


def _section(current: "DataclassInstance", value: Any, where: str, key: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return cast(dict[str, Any], value)
    names = ", ".join(f"{key}.{f.name}" for f in fields(current))
    raise ConfigError(f"{where}: {key} is a section, got {shown(value)}; set one of {names}")


def _unknown(name: str, settings: "DataclassInstance", prefix: str) -> str:
    known = [f.name for f in fields(settings)]
    sections = [section for section in known if is_dataclass(getattr(settings, section))]
    # a key without its section is the commonest slip, so that guess comes first
    inside = [f"{section}.{name}" for section in sections if hasattr(getattr(settings, section), name)]
    close = inside or difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean {prefix}{close[0]}? " if close else ""
    return f"unknown setting {prefix}{name}; {guess}known: {', '.join(sorted(known))}"


def _accepted(rule: _Rule, value: Any, label: str) -> Any:
    expected = str(rule)
    if isinstance(value, dict):
        raise ConfigError(f"{label} is a value, not a section: expected {expected}")
    found = _parsed(rule, value.text, label) if isinstance(value, _Typed) else value
    if not rule.accepts(found):
        raise ConfigError(f"{label}: expected {expected}, got {shown(found)}")
    return float(found) if rule.kind is float else found


def _parsed(rule: _Rule, text: str, label: str) -> Any:
    if rule.kind is str and not text.startswith(('"', "'")):
        return text
    try:
        table = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError) as error:
        hint = "; text in quotes follows TOML, text without is taken as it is" if rule.kind is str else ""
        raise ConfigError(f"{label}: expected {rule}, got {text or 'nothing'}{hint}") from error
    if len(table) != 1:
        raise ConfigError(f"{label}: expected {rule} on one line, got {text!r}")
    return table["value"]
