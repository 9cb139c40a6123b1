"""How this GazeCam is started again: by the desktop at login, or from a menu."""

import sys
from pathlib import Path

import vcam


def launch_command() -> list[str]:
    """The words that start the GazeCam that runs now, wherever the system starts them."""
    python = Path(sys.executable)
    clone = Path(vcam.__file__).parents[1] / "run_vcam.py"
    if clone.is_file():
        return [str(_windowless(python)), str(clone)]
    installed = python.with_name("gazecam")  # where uv, pipx and pip put it, beside the interpreter
    if installed.is_file():
        return [str(installed)]
    return [str(_windowless(python)), "-m", "vcam.cli"]


def _windowless(python: Path) -> Path:
    """The interpreter without a console window, where the system has two kinds."""
    other = python.with_name("pythonw.exe")
    return other if sys.platform == "win32" and other.is_file() else python
