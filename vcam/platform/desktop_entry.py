"""The text of a ``.desktop`` file, as freedesktop's Desktop Entry Specification 1.5 wants it.

Two layers of escapes, in this order: an argument of a command line is quoted (section "The Exec key"), and
every value is then written as a string (section "Possible value types").
"""

from collections.abc import Iterable, Mapping

_RESERVED = set(" \t\n\"'\\><~|&;$*?#()`")
_ESCAPED_IN_QUOTES = str.maketrans({mark: f"\\{mark}" for mark in '"`$\\'})
_ESCAPED_IN_STRINGS = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


def exec_line(words: Iterable[str]) -> str:
    """The words of a command as the value of ``Exec``, before it is written as a string."""
    return " ".join(map(_quoted, words))


def entry_text(groups: Mapping[str, Mapping[str, str]]) -> str:
    """The file: each group by its name, its keys and values in their order."""
    parts = [
        "\n".join(
            [f"[{name}]", *(f"{key}={value.translate(_ESCAPED_IN_STRINGS)}" for key, value in keys.items())]
        )
        for name, keys in groups.items()
    ]
    return "\n\n".join(parts) + "\n"


def _quoted(word: str) -> str:
    literal = word.replace("%", "%%")  # a lone one starts a field code
    if literal and not _RESERVED & set(literal):
        return literal
    return f'"{literal.translate(_ESCAPED_IN_QUOTES)}"'
