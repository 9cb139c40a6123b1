"""What can be known to be wrong before any work is done."""

import os
from pathlib import Path

from vcam.errors import ConfigError


def check_outputs(source: Path, target: Path, report: Path | None) -> None:
    """Refuse outputs that would overwrite the input or each other, through links as well.

    Raises:
        ConfigError: two of the paths name one file.

    """
    if _same_file(source, target):
        raise ConfigError(f"output {target} is the input file; give it another name")
    if report is None:
        return
    for path, what in ((source, "input"), (target, "output")):
        if _same_file(path, report):
            raise ConfigError(f"--report {report} is the {what} file; give it another name")


def _same_file(one: Path, other: Path) -> bool:
    if one.exists() and other.exists():
        return one.samefile(other)
    return os.path.realpath(one) == os.path.realpath(other)
