"""A file that appears complete or not at all."""

import os
import secrets
import shutil
from pathlib import Path
from types import TracebackType

from vcam.errors import SinkError, SinkUnavailable


class PartialFile:
    """An empty file beside ``target``, to be written and then moved onto it in one step.

    As a context manager it commits at the end of the block, and discards when an exception leaves it.
    """

    def __init__(self, target: Path) -> None:
        """Make the file ``path``; links are followed, so that the file they name is replaced.

        Raises:
            SinkUnavailable: nothing can be written there.

        """
        self.target = Path(os.path.realpath(target))
        self.path = self.target.with_name(f".gazecam-{os.getpid()}-{secrets.token_hex(4)}.part")
        if self.target.is_dir():
            raise SinkUnavailable(f"{target}: is a folder; expected the name of a file to write")
        if self.target.exists() and not os.access(self.target, os.W_OK):
            raise SinkUnavailable(f"{target}: is write-protected; choose another name")
        try:
            self.path.touch(exist_ok=False)
        except OSError as error:
            reason = error.strerror or error
            raise SinkUnavailable(
                f"{target}: cannot write into {self.target.parent} ({reason}); choose another folder"
            ) from error

    def commit(self) -> None:
        """Let the file appear under its name, in place of one that is there.

        Raises:
            SinkError: the target cannot be replaced; nothing is left behind.

        """
        try:
            if self.target.exists():
                shutil.copymode(self.target, self.path)
            self.path.replace(self.target)
        except OSError as error:
            self.discard()
            raise SinkError(
                f"{self.target}: cannot be replaced ({error.strerror}); close what uses it and try again"
            ) from error

    def discard(self) -> None:
        """Remove what was written; safe to call twice."""
        self.path.unlink(missing_ok=True)

    def __enter__(self) -> "PartialFile":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if exc_type is None:
            self.commit()
        else:
            self.discard()
