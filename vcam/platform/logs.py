"""The log: one line format for the terminal and for the file, and a file that never grows large.

The file is for live mode, where nobody watches the terminal. It holds rates, delays and reasons; the user's
home folder is written as "~", so that a log can be shown to others.
"""

import logging
import sys
from collections.abc import Generator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

from vcam.errors import VcamError

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
TIME = "%H:%M:%S"
_DAY_AND_TIME = "%Y-%m-%d %H:%M:%S"
_LARGEST_BYTES, _KEPT = 1_000_000, 3

_log = logging.getLogger(__name__)


def default_path() -> Path:
    """The log file of this user; ``.1`` to ``.3`` are the ones before."""
    return user_log_path("gazecam", appauthor=False) / "gazecam.log"


@contextmanager
def logged_to_file(path: Path | None = None) -> Generator[None]:
    """Everything that is logged meanwhile goes into the file too; a warning where that cannot be opened.

    What ends the block is noted in the file alone: the terminal, where there is one, is told anyway.
    """
    chosen, root = path or default_path(), logging.getLogger()
    try:
        chosen.parent.mkdir(parents=True, exist_ok=True)
        handler = LogFile(chosen)
    except OSError as error:
        _log.warning("nothing is logged to a file: %s: %s", chosen, error.strerror or error)
        yield
        return
    root.addHandler(handler)
    try:
        yield
    except Exception as error:
        handler.note_end(error)
        raise
    finally:
        root.removeHandler(handler)
        handler.close()


class LogFile(RotatingFileHandler):
    """A log file of 1 MB at most, and the three before; a failure to write ends it without a word."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            OSError: it cannot be opened.

        """
        super().__init__(path, maxBytes=_LARGEST_BYTES, backupCount=_KEPT, encoding="utf-8", errors="replace")
        if sys.platform != "win32":
            path.chmod(0o600)
        self.setFormatter(_Anonymous(FORMAT, _DAY_AND_TIME))

    def note_end(self, error: Exception) -> None:
        """Write what ended the program: a foreseen error by its message, another with all there is."""
        trace = None if isinstance(error, VcamError) else (type(error), error, error.__traceback__)
        record = logging.LogRecord(_log.name, logging.ERROR, __file__, 0, "ended: %s", (error,), trace)
        self.handle(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's own names
        """A full disk is no reason for a traceback per line on the terminal."""
        logging.getLogger().removeHandler(self)
        self.close()


class _Anonymous(logging.Formatter):
    """Lines and tracebacks without the name of the user's home folder."""

    def format(self, record: logging.LogRecord) -> str:
        text, home = super().format(record), str(Path.home())
        return text.replace(home, "~") if len(home) > 1 else text
