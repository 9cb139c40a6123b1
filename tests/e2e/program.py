"""The program as users start it from a clone: a process of its own."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "vcam/sources/demo.mp4"
OPEN_EYES = 130
"""A frame of the demo whose eyes are open and rest below the lens."""


def command(*words: str | Path) -> list[str]:
    """The command line for these arguments."""
    return [sys.executable, str(ROOT / "run_vcam.py"), *map(str, words)]


def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run it to its end; the caller judges the exit code."""
    return subprocess.run(command(*words), capture_output=True, text=True, timeout=100, check=False)
