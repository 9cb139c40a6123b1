"""Where the running program listens, and the key to it: a small file that only its user can read."""

import json
import os
import secrets
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

_RECORD, _SOCKET = "address.json", "socket"


@dataclass(frozen=True, slots=True)
class Address:
    """What a command needs to reach the running program."""

    pid: int
    where: str
    """What ``multiprocessing.connection`` listens at: a socket's path, or a pipe's name."""
    key: str
    """Hexadecimal; known to nobody but this user."""

    @classmethod
    def new(cls, folder: Path) -> "Address":
        """One for this process, in the place of what a killed one left behind."""
        (folder / _RECORD).unlink(missing_ok=True)
        return cls(os.getpid(), _place(folder), secrets.token_hex(32))

    @classmethod
    def read(cls, folder: Path) -> "Address | None":
        """The holder's, or None where there is none yet or none that can be understood."""
        try:
            return cls(**json.loads((folder / _RECORD).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def remove(folder: Path) -> None:
        """Nobody listens any more."""
        (folder / _RECORD).unlink(missing_ok=True)

    def write(self, folder: Path) -> None:
        """Let it appear whole, readable by this user alone."""
        part = folder / f"{_RECORD}.part"
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(asdict(self), file)
        part.replace(folder / _RECORD)


def _place(folder: Path) -> str:
    if sys.platform == "win32":
        return rf"\\.\pipe\gazecam-{secrets.token_hex(16)}"
    path = folder / _SOCKET
    path.unlink(missing_ok=True)
    return str(path)
