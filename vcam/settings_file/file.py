"""The user's settings file: strict and forgiving reading, and saving that loses nothing."""

import logging
import os
import threading
import tomllib
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from platformdirs import user_config_path

from vcam.config import Config, flat, flat_table, parsed, read
from vcam.errors import ConfigError, VcamError
from vcam.platform.lock import FileLock
from vcam.settings_file.replace import keep_aside, replace_text
from vcam.settings_file.text import edited

_log = logging.getLogger(__name__)

Values: TypeAlias = Mapping[str, bool | int | float | str]

_PATIENCE_S = 2.0
"""A save waits so long for another program's, which takes milliseconds; then it goes on all the same."""


class SettingsNotSaved(VcamError):
    """The settings file could not be written; it is as it was before."""


def default_path() -> Path:
    """The settings file of this user."""
    return user_config_path("gazecam", appauthor=False, roaming=True) / "settings.toml"


class SettingsFile:
    """One settings file. Beside it lie a copy of what last worked and what a save had to put aside.

    A save writes what has changed since the last load or save, and nothing else: the user's comments, and
    edits made by hand meanwhile, stay. Safe to use from several threads and programs.
    """

    def __init__(self, path: Path | None = None) -> None:
        """``path``: another file than the user's own; neither needs to exist."""
        # the link of somebody who keeps settings in a repository is followed and stays a link
        self.path = Path(os.path.realpath(path or default_path()))
        self._known: Values | None = None
        self._lock = threading.Lock()

    def load(self) -> Config:
        """The settings in the file; the defaults where there is none.

        Raises:
            ConfigError: the file cannot be read, or a setting is unknown, of the wrong type or out of range.

        """
        text = self._text()
        config = parsed(text, str(self.path))
        self._note_good(text)
        self._known = flat(config)
        return config

    def load_or_last_good(self) -> tuple[Config, str | None]:
        """The settings in the file; if it is wrong, those that last worked, and what is wrong with it."""
        try:
            return self.load(), None
        except ConfigError as error:
            text = self._last_good()
            config = parsed(text, str(self._copy))
            self._known = flat(config)
            which = "the settings that worked last" if text else "the default settings"
            return config, f"{error}. GazeCam goes on with {which}; correct that file"

    def save(self, config: Config, only_changed: bool = True) -> None:
        """Write what differs from what was last loaded or saved; with ``only_changed=False`` every setting.

        The file changes as a whole or not at all. One that is wrong stays beside it as
        ``settings.rejected.toml``, one whose layout cannot be kept as ``settings.before.toml``.

        Raises:
            SettingsNotSaved: nothing was written.

        """
        with self._lock:
            values = flat(config)
            known = flat(self.load_or_last_good()[0]) if self._known is None else self._known
            changes = {key: value for key, value in values.items() if known[key] != value}
            try:
                with self._alone():
                    self._write(changes if only_changed else values)
            except OSError as error:
                raise SettingsNotSaved(
                    f"{self.path}: the settings could not be saved ({error.strerror or error}); "
                    "they hold until GazeCam ends"
                ) from error
            self._known = values

    @property
    def _copy(self) -> Path:
        return self._beside("last-good")

    def _beside(self, what: str) -> Path:
        return self.path.with_name(f"{self.path.stem}.{what}{self.path.suffix}")

    def _text(self) -> str:
        """What the file says; nothing where there is none."""
        try:
            return read(self.path)
        except ConfigError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return ""
            raise

    def _last_good(self) -> str:
        """The text that last worked; empty, which means the defaults, where there is none that still does."""
        try:
            text = read(self._copy)
            parsed(text, str(self._copy))
        except ConfigError:
            return ""
        return text

    def _note_good(self, text: str) -> None:
        """Keep a copy of a text that works; an empty file is no reason to forget the one before."""
        with suppress(ConfigError):
            if not text.strip() or read(self._copy) == text:
                return
        try:
            replace_text(self._copy, text)
        except OSError as error:  # it is for bad days, so no reason to stop on a good one
            _log.debug("%s: no copy of the settings could be kept: %s", self._copy, error)

    @contextmanager
    def _alone(self) -> Generator[None]:
        """No other program saves meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock.take(self.path.with_name(f".{self.path.name}.lock"), _PATIENCE_S)
        try:
            yield
        finally:
            if lock:
                lock.release()

    def _write(self, changes: Values) -> None:
        base, aside = self._base()
        text = edited(base, changes)
        if text is None:
            text, aside = _rewritten(base, changes), aside or "before"
        if text == base and not aside:
            return
        try:
            parsed(text, str(self.path))
        except ConfigError as error:  # each side was fine alone: the user wrote something else meanwhile
            raise SettingsNotSaved(
                f"{self.path}: not saved, since it does not go with what the file says by now: {error}"
            ) from error
        if aside and self.path.exists():
            keep_aside(self.path, self._beside(aside).name)
        replace_text(self.path, text)
        self._note_good(text)

    def _base(self) -> tuple[str, str | None]:
        """The text to change; and, where the file itself is wrong, the word for it."""
        try:
            text = self._text()
            parsed(text, str(self.path))
        except ConfigError:
            return self._last_good(), "rejected"
        return text, None


def _rewritten(base: str, changes: Values) -> str:
    text = edited("", flat_table(tomllib.loads(base)) | dict(changes))
    if text is None:
        raise AssertionError("a text of GazeCam's own making can be edited")
    return text
