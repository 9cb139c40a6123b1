"""A zoo of two models of 2 kB each, made by ``make.py``: the real interfaces, and next to no arithmetic."""

from pathlib import Path

FOLDER = Path(__file__).parent
GAZE, REDIRECTOR = FOLDER / "gaze_runtime", FOLDER / "cfgr_live"
