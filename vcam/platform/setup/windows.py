"""How UnityCapture's filter is registered as GazeCam, for 64-bit and for 32-bit programs.

Written from UnityCapture's own install scripts and its source; not yet run on Windows. The filter takes its
name from the command line of ``regsvr32`` and from nowhere else. Its class ids are the same in every
installation: registering it once more renames the camera of whoever registered it before.
"""

import os
import sys
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

from vcam.platform import windows
from vcam.platform.setup.plan import Plan, Step

DEFAULT_NAME = "Unity Video Capture"
FILES = ("UnityCaptureFilter64bit.dll", "UnityCaptureFilter32bit.dll")
_FOLDERS = ("%LOCALAPPDATA%\\GazeCam\\UnityCapture", "%ProgramFiles%\\UnityCapture")
_DOWNLOAD = (
    f"download UnityCapture (github.com/schellingb/UnityCapture), put the two files {' and '.join(FILES)}"
    f" into {_FOLDERS[0]}, and run gazecam setup-device again; or install OBS, whose virtual camera works too"
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What is registered, and what could be."""

    name_64: str | None
    """The name that 64-bit programs see, None where the filter is not registered for them."""
    name_32: str | None
    obs: bool
    folder: str | None
    """Where both files are."""


def read_filters() -> Filters:
    """Look in the registry and in the folders where the files may lie."""
    return Filters(
        windows.unity_capture_name(),
        windows.unity_capture_name(wow64=True),
        windows.obs_installed(),
        _folder(),
    )


def plan_setup(filters: Filters, name: str) -> Plan:
    """From what is registered to a filter called ``name`` in both bitnesses."""
    names = {filters.name_64, filters.name_32}
    if names == {name}:
        return Plan("done", f"{name} is registered for 64-bit and 32-bit programs")
    foreign = names - {None, name, DEFAULT_NAME}
    if foreign:
        owner = "', '".join(sorted(map(str, foreign)))
        return Plan(
            "done" if filters.obs else "blocked",
            f"UnityCapture is registered as '{owner}', which another program may need",
            fix=f"unregister it (regsvr32 /u {FILES[0]}, and the same for {FILES[1]}), or install OBS",
        )
    if filters.folder is None:
        if filters.obs:
            return Plan("done", "OBS is installed: its virtual camera is used, as 'OBS Virtual Camera'")
        return Plan("blocked", "no virtual camera is registered", fix=_DOWNLOAD)
    half = [bits for bits, known in (("64", filters.name_64), ("32", filters.name_32)) if known == name]
    message = f"{name} is not registered yet"
    if half:
        message = f"{name} is registered for {half[0]}-bit programs only: the others do not see it"
    return Plan("to do", message, tuple(_register(filters.folder, file, name) for file in FILES))


def plan_removal(filters: Filters, name: str) -> Plan:
    """Unregister what has our name, and nothing else."""
    known = ((FILES[0], filters.name_64), (FILES[1], filters.name_32))
    ours = [file for file, registered in known if registered == name]
    if not ours:
        return Plan("done", f"{name} is not registered")
    if filters.folder is None:
        return Plan(
            "blocked", f"the files of {name} are not where they were", fix=f"put them into {_FOLDERS[0]}"
        )
    folder = PureWindowsPath(filters.folder)
    steps = tuple(Step(("regsvr32", "/s", "/u", str(folder / file))) for file in ours)
    return Plan("to do", f"this unregisters {name}; the files stay", steps)


def _register(folder: str, file: str, name: str) -> Step:
    return Step(("regsvr32", "/s", str(PureWindowsPath(folder) / file), f"/i:UnityCaptureName={name}"))


def _folder() -> str | None:
    if sys.platform != "win32":
        return None
    folders = [os.path.expandvars(folder) for folder in _FOLDERS]
    return next((one for one in folders if all((Path(one) / file).is_file() for file in FILES)), None)
