"""What setting up a virtual camera comes to, as plain data: steps to show, to ask about and to run."""

import shlex
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Step:
    """One command that needs the administrator's rights."""

    command: tuple[str, ...]
    text: str = ""
    """What it reads from its standard input: the content of a file to write."""
    talks: bool = False
    """It shows its own progress, as package managers do."""

    def shown(self, prefix: str = "") -> str:
        """The line that a shell would take, with ``prefix`` ("sudo") before the command."""
        line = " ".join([*filter(None, [prefix]), shlex.join(self.command)])
        if not self.text:
            return line
        lines = shlex.join(self.text.splitlines())
        return f"printf '%s\\n' {lines} | {line}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What there is, what to do about it, and what is left to the person."""

    state: Literal["done", "to do", "blocked"]
    message: str
    """One sentence: what was found."""
    steps: tuple[Step, ...] = ()
    """What the program can do itself, once it was allowed to."""
    fix: str = ""
    """What only the person can do: instead of the steps ("blocked"), or after them."""


def write_file(path: str, text: str) -> Step:
    """The step that writes a file of the system."""
    return Step(("tee", path), text)
