"""A text file that changes as a whole or not at all, whatever happens to program and disk meanwhile."""

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def replace_text(path: Path, text: str) -> None:
    """Put ``text`` in the place of what ``path`` held; permissions stay, a new file is the user's alone.

    Raises:
        OSError: it could not be written; the file is as it was.

    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())  # else a power cut could leave the new name on an empty file
        if path.exists():
            part.chmod(
                stat.S_IMODE(path.stat().st_mode) | 0o600
            )  # one that its owner could not read is mended
        part.replace(path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def keep_aside(path: Path, wish: str) -> Path:
    """Let what ``path`` holds, readable or not, stay under another name beside it; that name.

    ``wish`` is taken or, where something else bears it, numbered: nothing is overwritten.

    Raises:
        OSError: it cannot.

    """
    stem, suffix = Path(wish).stem, Path(wish).suffix
    number = 1
    while (aside := path.with_name(f"{stem}{'' if number == 1 else f'.{number}'}{suffix}")).exists():
        if _same(path, aside):
            return aside
        number += 1
    try:
        os.link(path, aside)
    except OSError:  # a folder, or a file system without links
        path.rename(aside)
    return aside


def _same(one: Path, other: Path) -> bool:
    try:
        return one.read_bytes() == other.read_bytes()
    except OSError:
        return False
