"""The words of an ``Exec`` line, read as the Desktop Entry Specification says a desktop reads it."""

import re

# an argument is quoted as a whole or not at all; within quotes four characters are escaped
_WORD = re.compile(r'"((?:[^"`$\\]|\\["`$\\])*)"|([^\s"\'\\><~|&;$*?#()`]+)')


def exec_words(line: str) -> list[str]:
    """The words; ``ValueError`` where the line breaks the specification."""
    words, at = [], 0
    while at < len(line):
        found = _WORD.match(line, at)
        if found is None or line[found.end() : found.end() + 1] not in {"", " "}:
            raise ValueError(f"not an Exec line from {line[at:]!r} on")
        quoted, plain = found.groups()
        word = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        if "%" in word.replace("%%", ""):
            raise ValueError(f"a field code in {word!r}")
        words.append(word.replace("%%", "%"))
        at = found.end() + 1
    return words


def exec_of(entry: str) -> list[str]:
    """The words of the first ``Exec`` of an entry's text, whose string is unescaped before."""
    value = re.search(r"^Exec=(.*)$", entry, re.MULTILINE)
    assert value is not None
    return exec_words(value[1].replace("\\\\", "\\"))
