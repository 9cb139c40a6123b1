"""A hotkey as people write it, "Ctrl+Alt+G", read into modifiers and one key."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from vcam.errors import ConfigError

Modifier: TypeAlias = Literal["Ctrl", "Alt", "Shift", "Super"]
ORDER: tuple[Modifier, ...] = ("Ctrl", "Alt", "Shift", "Super")
_MODIFIERS: dict[str, Modifier] = {
    "ctrl": "Ctrl",
    "control": "Ctrl",
    "alt": "Alt",
    "option": "Alt",
    "shift": "Shift",
    "super": "Super",
    "win": "Super",
    "windows": "Super",
    "cmd": "Super",
    "command": "Super",
    "meta": "Super",
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_DIGITS = "0123456789"
FUNCTION_KEYS = tuple(f"F{number}" for number in range(1, 13))
NAMED_KEYS = (
    *("Space", "Pause", "Insert", "Delete", "Home", "End", "PageUp", "PageDown"),
    *("Left", "Right", "Up", "Down"),
)
KEYS = (*_LETTERS, *_DIGITS, *FUNCTION_KEYS, *NAMED_KEYS)
_BY_NAME = {key.lower(): key for key in KEYS}


@dataclass(frozen=True, slots=True)
class Keys:
    """One key together with modifiers."""

    modifiers: frozenset[Modifier]
    key: str
    """One of ``KEYS``."""

    def __str__(self) -> str:
        """As it is written: always in the same order."""
        return "+".join([*(m for m in ORDER if m in self.modifiers), self.key])


def parse_keys(text: str) -> Keys:
    """What a text such as "Ctrl+Alt+G" means; case, order and spaces do not matter.

    Raises:
        ConfigError: it names no key, several, an unknown one, or one that people need for typing.
    """
    words = [word.strip().lower() for word in text.split("+")]
    modifiers: frozenset[Modifier] = frozenset(_MODIFIERS[word] for word in words if word in _MODIFIERS)
    rest = [word for word in words if word not in _MODIFIERS]
    if len(rest) != 1 or rest[0] not in _BY_NAME:
        raise ConfigError(
            f"hotkey {text!r}: expected modifiers and one key joined by +, for example Ctrl+Alt+G; keys are "
            f"A to Z, 0 to 9, F1 to F12, {', '.join(NAMED_KEYS)}"
        )
    keys = Keys(modifiers, _BY_NAME[rest[0]])
    if not modifiers - {"Shift"} and keys.key not in (*FUNCTION_KEYS, "Pause"):
        raise ConfigError(f"hotkey {text!r}: would be pressed while typing; add Ctrl, Alt or Super")
    return keys
