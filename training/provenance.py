"""Which code and which machine made something."""

import functools
import platform
import subprocess
from pathlib import Path

import torch


@functools.cache
def commit() -> str:
    """The commit of this checkout, "-dirty" if tracked files differ from it; "unknown" outside of git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude", "*"]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


@functools.cache
def machine() -> str:
    """Processor, torch and its threads in one line."""
    where = torch.cuda.get_device_name() if torch.cuda.is_available() else _processor()
    system, threads = f"{platform.system()} {platform.machine()}", torch.get_num_threads()
    return f"{where}, {system}, torch {torch.__version__}, {threads} threads"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    names = info.read_text().splitlines() if info.exists() else []
    found = [line.partition(":")[2].strip() for line in names if line.startswith("model name")]
    return found[0] if found else platform.processor() or platform.machine()
