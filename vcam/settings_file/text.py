"""The text of a settings file with some values changed, and all else, comments too, as it was."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any, cast

from vcam.config import shown

_HEADER = re.compile(r"[ \t]*\[[ \t]*([\w.-]+)[ \t]*\][ \t]*(#.*)?$")
_ENTRY = re.compile(r"([ \t]*([\w-]+)[ \t]*=[ \t]*)(.*)$")


def edited(text: str, changes: Mapping[str, Any]) -> str | None:
    """The text of a TOML document with the values of dotted keys set, each in its place in its section.

    None where the document is written in a way that this does not follow (inline tables, dotted keys, values
    over several lines): the result is read back, and nothing is guessed.
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = text.replace("\r\n", "\n").rstrip("\n").split("\n") if text.strip() else []
    for key, value in changes.items():
        section, _, name = key.rpartition(".")
        _set(lines, section, name, shown(value))
    result = end.join([*lines, ""])
    return result if _means(result, text, changes) else None


def _means(result: str, text: str, changes: Mapping[str, Any]) -> bool:
    expected = tomllib.loads(text)
    try:
        for key, value in changes.items():
            *sections, name = key.split(".")
            table = expected
            for section in sections:
                table = cast(dict[str, Any], table.setdefault(section, {}))
            table[name] = value
        return tomllib.loads(result) == expected
    except tomllib.TOMLDecodeError:
        return False


def _set(lines: list[str], section: str, name: str, value: str) -> None:
    span = _span(lines, section)
    if span is None:
        lines += [*([""] if lines else []), f"[{section}]", f"{name} = {value}"]
        return
    last = span.start - 1
    for index in span:
        if entry := _ENTRY.match(lines[index]):
            last = index
            if entry[2] == name:
                lines[index] = f"{entry[1]}{value}{_comment(entry[3])}"
                return
    lines.insert(last + 1, f"{name} = {value}")


def _span(lines: list[str], section: str) -> range | None:
    """The lines below a section's header, up to the next one; None where it has none."""
    start = None if section else 0
    for index, line in enumerate(lines):
        if line.lstrip().startswith("["):
            if start is not None:
                return range(start, index)
            header = _HEADER.match(line)
            start = index + 1 if header and header[1] == section else None
    return None if start is None else range(start, len(lines))


def _comment(rest: str) -> str:
    """What follows the value on its line, with the space before it."""
    for found in re.finditer(r"[ \t]*#", rest):
        try:
            tomllib.loads(f"value = {rest[: found.start()]}")
        except tomllib.TOMLDecodeError:
            continue  # a # inside a text
        return rest[found.start() :]
    return ""
