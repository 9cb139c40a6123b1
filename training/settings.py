"""A frozen tree of settings from nested tables: what a field accepts, and what to say when it does not.

Any frozen dataclass whose fields all have defaults can be a section. A field is ``bool``, ``int``, ``float``,
``str``, ``None``-able ``str``, a ``Literal`` of strings, a tuple of one of these, another section, or a
``Mapping`` that someone else checks. Its closed range, if it has one, stands in
``metadata={"range": (low, high)}``.
"""

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from training.errors import RecipeError

T = TypeVar("T")

_NOUNS = {bool: "true or false", int: "an integer", float: "a finite number", str: "a string"}


@dataclass(frozen=True, slots=True)
class Typed:
    """A value as typed on the command line, to be read once the field says what it expects."""

    text: str


def updated(settings: T, table: Mapping[str, Any], where: str, prefix: str = "") -> T:
    """A copy of ``settings`` with the values of a nested table.

    ``where`` names the origin and ``prefix`` the section ("data.") in messages.

    Raises:
        RecipeError: a key is unknown, or its value of the wrong type or out of range.

    """
    declared = {f.name: f for f in fields(settings)}  # pyright: ignore[reportArgumentType]
    hints = get_type_hints(type(settings))
    changes: dict[str, Any] = {}
    for name, value in table.items():
        if name not in declared:
            raise RecipeError(f"{where}: {_unknown(name, settings, prefix)}")
        key, current = prefix + name, getattr(settings, name)
        if is_dataclass(current) and not isinstance(current, type):
            if not isinstance(value, Mapping):
                raise RecipeError(f"{where}: {key} is a section, got {_shown(value)}")
            changes[name] = updated(current, value, where, f"{key}.")
        else:
            changes[name] = _accepted(hints[name], declared[name], value, f"{where}: {key}")
    try:
        return replace(settings, **changes)  # pyright: ignore[reportArgumentType]
    except ValueError as error:  # values that are fine alone and not together
        raise RecipeError(f"{where}: {prefix or 'settings'}: {error}") from error


def table_of(overrides: Iterable[str]) -> dict[str, Any]:
    """``key=value`` texts as one nested table, the last of a key winning.

    Raises:
        RecipeError: a text has no key or no ``=``, or a key is both a value and a section.

    """
    tree: dict[str, Any] = {}
    for override in overrides:
        key, equals, text = (part.strip() for part in override.partition("="))
        if not equals or not key:
            raise RecipeError(f"--set {override}: expected key=value, e.g. --set data.batch=16")
        *sections, name = key.split(".")
        table = tree
        for section in sections:
            table = table.setdefault(section, {})
            if isinstance(table, Typed):
                raise RecipeError(f"--set {override}: {section} is also set to {table.text}")
        table[name] = Typed(text)
    return tree


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Two nested tables as one; ``above`` wins key by key."""
    both = dict(below)
    for key, value in above.items():
        old = both.get(key)
        both[key] = merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return both


def _unknown(name: str, settings: object, prefix: str) -> str:
    known = [f.name for f in fields(settings)]  # pyright: ignore[reportArgumentType]
    sections = [section for section in known if is_dataclass(getattr(settings, section))]
    # a key without its section is the commonest slip, so that guess comes first
    inside = [f"{section}.{name}" for section in sections if hasattr(getattr(settings, section), name)]
    close = inside or difflib.get_close_matches(name, known, n=1)
    guess = f"did you mean {prefix}{close[0]}? " if close else ""
    return f"unknown setting {prefix}{name}; {guess}known: {', '.join(sorted(known))}"


def _accepted(hint: Any, declared: "Field[Any]", value: Any, label: str) -> Any:
    if get_origin(hint) is Mapping:
        return _free_table(value, label)
    if isinstance(value, Mapping):
        raise RecipeError(f"{label} is a value, not a section: expected {_expected(hint, declared)}")
    found = _parsed(value.text, hint) if isinstance(value, Typed) else value
    if get_origin(hint) is tuple:
        kind = get_args(hint)[0]
        if isinstance(found, list | tuple) and all(_fits(kind, declared, item) for item in found):
            return tuple(float(item) if kind is float else item for item in found)
    elif _fits(hint, declared, found):
        return float(found) if hint is float else found
    raise RecipeError(f"{label}: expected {_expected(hint, declared)}, got {_shown(value)}")


def _free_table(value: Any, label: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise RecipeError(f"{label} is a section, got {_shown(value)}")
    return {key: _parsed(item.text, Any) if isinstance(item, Typed) else item for key, item in value.items()}


def _fits(hint: Any, declared: "Field[Any]", value: object) -> bool:
    if get_origin(hint) is Literal:
        return value in get_args(hint)
    fits = _is_number(value) if hint is float else type(value) is hint
    limits = declared.metadata.get("range")
    return fits and (limits is None or limits[0] <= value <= limits[1])


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _expected(hint: Any, declared: "Field[Any]") -> str:
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(map(_shown, get_args(hint)))
    limits = declared.metadata.get("range")
    span = f" from {limits[0]} to {limits[1]}" if limits else ""
    if get_origin(hint) is tuple:
        return f"a list, each {_NOUNS[get_args(hint)[0]]}{span}"
    return _NOUNS[hint] + span


def _parsed(text: str, hint: Any) -> Any:
    if hint is str and not text.startswith(('"', "'")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except ValueError:
        return text  # text without quotes; a field that wants a number refuses it with its own words


def _shown(value: object) -> str:
    if isinstance(value, Typed):
        return value.text or "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
