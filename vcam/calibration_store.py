"""The calibrations of this user, by the camera's name: the current one, and the one before it for undo.

A JSON file in the user's data folder. It is replaced in one step, so that it is whole at any time, and what
in it cannot be understood is set aside under another name before anything is written over it.
"""

import json
import logging
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, cast

from platformdirs import user_data_path

from vcam.calibration import Calibration, CalibrationError
from vcam.errors import VcamError

_log = logging.getLogger(__name__)

_VERSION = 1
_NUMBERS = {f.name: int if f.name == "samples" else float for f in fields(Calibration) if f.name != "made_at"}


class CalibrationStoreError(VcamError):
    """The stored calibrations cannot be read or written."""


class CalibrationStore:
    """Calibrations by camera name. Any thread; two programs that write at once: the last one counts."""

    def __init__(self, path: Path | None = None) -> None:
        """Keep them in ``path``, by default in the user's data folder; nothing is read yet."""
        self.path = path or user_data_path("gazecam", appauthor=False) / "calibrations.json"

    def load(self, camera: str) -> Calibration | None:
        """The calibration in use for a camera; None where there is none.

        Raises:
            CalibrationStoreError: the file, or what it holds for this camera, cannot be understood.
        """
        return self._current(self._entry(camera), camera)

    def can_undo(self, camera: str) -> bool:
        """Whether ``undo`` has something to go back to. A camera's first calibration goes back to none."""
        try:
            return bool(self._entry(camera))
        except CalibrationStoreError:
            return False

    def save(self, camera: str, calibration: Calibration) -> None:
        """Use this calibration for a camera from now on; the one until now is kept for ``undo``.

        Raises:
            CalibrationStoreError: the file cannot be written.
        """
        try:
            cameras = self._cameras()
            current = self._current(_entry_of(cameras, camera, self.path), camera)
        except CalibrationStoreError as error:
            aside = self._set_aside()
            _log.warning("%s (set aside as %s)", error, aside.name)
            cameras, current = self._readable(), None
        cameras[camera] = {"current": asdict(calibration), "previous": current and asdict(current)}
        self._write(cameras)

    def undo(self, camera: str) -> Calibration | None:
        """Go back to the calibration before the last ``save``; once more: back again. The one now in use.

        Raises:
            CalibrationStoreError: there is nothing to undo, or the file cannot be understood or written.
        """
        cameras = self._cameras()
        entry = _entry_of(cameras, camera, self.path)
        if not entry:
            raise CalibrationStoreError(f"{camera} has not been calibrated; there is nothing to undo")
        before = self._read(entry.get("previous"), camera)
        cameras[camera] = {"current": entry.get("previous"), "previous": entry.get("current")}
        self._write(cameras)
        return before

    def _entry(self, camera: str) -> Mapping[str, Any]:
        return _entry_of(self._cameras(), camera, self.path)

    def _current(self, entry: Mapping[str, Any], camera: str) -> Calibration | None:
        return self._read(entry.get("current"), camera)

    def _read(self, values: object, camera: str) -> Calibration | None:
        if values is None:
            return None
        where = f"{self.path}: the calibration of {camera}"
        table = cast(dict[str, Any], values if isinstance(values, dict) else {})
        wrong = [name for name, kind in _NUMBERS.items() if type(table.get(name)) not in {kind, int}]
        if wrong or not isinstance(table.get("made_at"), str):
            raise _damaged(where, f"{', '.join(wrong) or 'made_at'} missing or of the wrong type")
        try:
            return Calibration(**{name: table[name] for name in (*_NUMBERS, "made_at")})
        except CalibrationError as error:
            raise _damaged(where, str(error)) from error

    def _cameras(self) -> dict[str, Any]:
        """All entries, unchecked."""
        try:
            document = json.loads(self.path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise CalibrationStoreError(
                f"{self.path}: cannot read the calibrations ({error.strerror}); make the file readable"
            ) from error
        except (ValueError, RecursionError) as error:
            raise _damaged(str(self.path), f"not valid JSON: {error}") from error
        if not isinstance(document, dict) or not isinstance(document.get("cameras"), dict):
            raise _damaged(str(self.path), "expected a table of cameras")
        if document.get("version") != _VERSION:
            raise _damaged(str(self.path), f"expected version {_VERSION}, got {document.get('version')!r}")
        return cast(dict[str, Any], document["cameras"])

    def _readable(self) -> dict[str, Any]:
        """The entries of other cameras in a file of which something is damaged; none if all of it is."""
        try:
            return self._cameras()
        except CalibrationStoreError:
            return {}

    def _set_aside(self) -> Path:
        """A copy of the file under a name of its own."""
        aside = self.path.with_name(f"calibrations.damaged-{secrets.token_hex(4)}.json")
        try:
            aside.write_bytes(self.path.read_bytes())
        except OSError as error:
            raise CalibrationStoreError(
                f"{self.path}: cannot keep the damaged calibrations as {aside.name} ({error.strerror}); "
                "nothing was changed"
            ) from error
        return aside

    def _write(self, cameras: Mapping[str, Any]) -> None:
        text = json.dumps({"version": _VERSION, "cameras": cameras}, indent=2)
        part = self.path.with_name(f".{self.path.name}-{secrets.token_hex(4)}.part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("xb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            part.replace(self.path)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise CalibrationStoreError(
                f"{self.path}: cannot save the calibration ({error.strerror}); free some space or make the "
                "folder writable, and keep it again"
            ) from error


def _entry_of(cameras: Mapping[str, Any], camera: str, path: Path) -> Mapping[str, Any]:
    entry = cameras.get(camera, {})
    if not isinstance(entry, dict):
        raise _damaged(f"{path}: the calibration of {camera}", f"expected a table, got {entry!r}")
    return cast(dict[str, Any], entry)


def _damaged(where: str, what: str) -> CalibrationStoreError:
    return CalibrationStoreError(f"{where} is damaged ({what}); calibrate again, the file will be kept aside")
