"""The folder of a running program that only its user can enter: where it lies, and that it is safe."""

import os
import stat
import sys
import tempfile
from pathlib import Path

from vcam.platform.instance_errors import FolderUnsafe

_ELSEWHERE = "set XDG_RUNTIME_DIR to a folder of your own"


def runtime_folder() -> Path:
    """Where this user's running program keeps its lock and its address: on this machine, and not for long."""
    if sys.platform in {"win32", "darwin"}:
        from platformdirs import user_runtime_path

        return user_runtime_path("gazecam", appauthor=False)
    user = os.geteuid()
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    for base in (Path(own or "/nowhere"), Path(f"/run/user/{user}")):
        # under `su` the variable still names the folder of the one who logged in
        if base.is_dir() and base.stat().st_uid == user:
            return base / "gazecam"
    return Path(tempfile.gettempdir()) / f"gazecam-{user}"


def make_private(folder: Path) -> Path:
    """The folder, made if it is missing, entered by nobody but this user.

    Raises:
        FolderUnsafe: it cannot be made, is a link or a file, belongs to somebody else, or is open to others.

    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        if not folder.is_symlink():
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise FolderUnsafe(f"{folder}: cannot make this folder ({error.strerror}); {_ELSEWHERE}") from error
    check_private(folder)
    return folder


def check_private(folder: Path) -> None:
    """Nothing where a folder is this user's alone.

    Raises:
        FolderUnsafe: it is not there, is a link or a file, belongs to somebody else, or is open to others.

    """
    if sys.platform == "win32":
        return  # the folder lies in the user's profile, which says who may enter
    try:
        found = folder.lstat()
    except OSError as error:
        raise FolderUnsafe(
            f"{folder}: cannot look at this folder ({error.strerror}); {_ELSEWHERE}"
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        raise FolderUnsafe(f"{folder}: expected a folder of yours, found a link or a file; remove it")
    if found.st_uid != os.geteuid():
        raise FolderUnsafe(
            f"{folder}: expected a folder of yours, but it belongs to user {found.st_uid}; "
            f"have it removed, or {_ELSEWHERE}"
        )
    if found.st_mode & 0o077:
        raise FolderUnsafe(
            f"{folder}: others can enter this folder (mode {stat.S_IMODE(found.st_mode):o}, expected 700); "
            "remove it and start again"
        )
