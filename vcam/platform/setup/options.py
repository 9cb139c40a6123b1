"""What v4l2loopback is told when it is loaded: one list of devices, kept in files that others write too."""

import re
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MODULE = "v4l2loopback"
MOST_DEVICES = 8
"""More than these the module drops without a word, unless it was compiled otherwise."""
ANY_NUMBER = -1

# modprobe's own folders; a file name in an earlier one hides the same name in a later one
_FOLDERS = ("etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d", "usr/lib/modprobe.d")


@dataclass(frozen=True, slots=True)
class Loopback:
    """One device that the module makes."""

    label: str
    number: int = ANY_NUMBER
    """N of its ``/dev/videoN``; ``ANY_NUMBER``: the first that is free."""
    exclusive: bool = True
    """Announces one direction at a time, without which browsers do not list it."""


def module_options(loopbacks: Sequence[Loopback]) -> tuple[str, ...]:
    """The parameters that make exactly these devices, as words for ``modprobe`` and for its files."""
    labels = ",".join(loopback.label for loopback in loopbacks)
    return (
        f"devices={len(loopbacks)}",
        f"video_nr={','.join(str(loopback.number) for loopback in loopbacks)}",
        f'card_label="{labels}"' if " " in labels else f"card_label={labels}",
        f"exclusive_caps={','.join(str(int(loopback.exclusive)) for loopback in loopbacks)}",
    )


def sayable(label: str) -> bool:
    """Whether a label can stand in the module's list of labels."""
    return not re.search(r'[,"\n]', label)


def parse_options(texts: Iterable[str]) -> list[Loopback]:
    """The devices that modprobe's files, in its order, ask for; of an option given twice the last counts."""
    options: dict[str, str] = {}
    for text in texts:
        for line in text.replace("\\\n", " ").splitlines():
            options |= _options_of(line)
    if not options:
        return []
    labels, numbers = _listed(options, "card_label"), _listed(options, "video_nr")
    exclusive = [value.casefold() in {"1", "y"} for value in _listed(options, "exclusive_caps")]
    count = int(options["devices"]) if options.get("devices", "").isdecimal() else 0
    count = count or max(len(labels), len(numbers), 1)
    return [
        Loopback(
            labels[index] if index < len(labels) else f"Dummy video device (0x{index:04X})",
            int(numbers[index]) if index < len(numbers) and numbers[index].isdecimal() else ANY_NUMBER,
            exclusive[index] if index < len(exclusive) else False,
        )
        for index in range(min(count, MOST_DEVICES))
    ]


def read_kept(root: Path, ours: str) -> list[Loopback]:
    """Devices that others have had made at every start, by modprobe's files other than ``ours``."""
    files: dict[str, Path] = {}
    for folder in _FOLDERS:
        for path in (root / folder).glob("*.conf"):
            files.setdefault(path.name, path)
    texts: list[str] = []
    for name in sorted(set(files) - {ours}):
        try:
            texts.append(files[name].read_text("utf-8", errors="replace"))
        except OSError:  # not for our eyes; modprobe's files are everybody's on every system known
            continue
    return parse_options(texts)


def _options_of(line: str) -> dict[str, str]:
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that does not end: nothing of ours, and modprobe's own trouble
        return {}
    if words[:2] != ["options", MODULE]:
        return {}
    return dict(word.split("=", 1) for word in words[2:] if "=" in word)


def _listed(options: dict[str, str], name: str) -> list[str]:
    return options[name].split(",") if options.get(name) else []
