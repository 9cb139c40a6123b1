"""What a person may change while frames flow: on or off, the mode, how far the eyes go.

Nothing here knows of frames. Whoever corrects reads ``Controls.state`` once per frame, so that a change
takes effect with the next one, wherever it came from: the tray, the hotkey or the command line.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from vcam.errors import ConfigError

_log = logging.getLogger(__name__)

Mode: TypeAlias = Literal["call", "teleprompter", "off"]
"""call: glances pass. teleprompter: they do not, for reading aloud. off: frames pass untouched."""

_SHARE = {"range": (0.0, 1.0)}


@dataclass(frozen=True, slots=True)
class ControlState:
    """One moment's choice; the factor of an axis multiplies ``strength``."""

    mode: Mode = "call"
    strength: float = field(default=1.0, metadata=_SHARE)
    """Share of the way to the lens, 0 to 1."""
    strength_pitch: float = field(default=1.0, metadata=_SHARE)
    """Up and down, 0 to 1 of ``strength``."""
    strength_yaw: float = field(default=1.0, metadata=_SHARE)
    """Sideways, 0 to 1 of ``strength``."""

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            ConfigError: the mode is unknown, or a strength is no number from 0 to 1.

        """
        if self.mode not in get_args(Mode):
            raise ConfigError(f"mode: expected one of {', '.join(get_args(Mode))}, got {self.mode!r}")
        for name in ("strength", "strength_pitch", "strength_yaw"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0.0 <= value <= 1.0:  # NaN fails here too
                raise ConfigError(f"{name}: expected a number from 0 to 1, got {value!r}")

    @property
    def enabled(self) -> bool:
        """Whether frames are corrected at all."""
        return self.mode != "off"


class Controls:
    """The state, shared by all threads."""

    def __init__(self, state: ControlState = ControlState()) -> None:
        self._lock = threading.Lock()
        self._state = state
        self._last_on: Mode = state.mode if state.enabled else "call"
        self._callbacks: list[Callable[[ControlState], None]] = []

    @property
    def state(self) -> ControlState:
        """The state now; never half changed."""
        return self._state

    def change(self, **fields: object) -> ControlState:
        """Change some fields of the state, e.g. ``change(strength=0.8)``; the state that came of it.

        Raises:
            ConfigError: a field is unknown or its value is not accepted; nothing has changed then.

        """
        known = ControlState.__dataclass_fields__
        if unknown := fields.keys() - known:
            raise ConfigError(f"unknown control {', '.join(sorted(unknown))}; known: {', '.join(known)}")
        return self._update(lambda state: replace(state, **fields))

    def toggle(self) -> ControlState:
        """Off, or on again in the mode that was on last; the state that came of it."""
        return self._update(lambda state: replace(state, mode="off" if state.enabled else self._last_on))

    def turn_on(self) -> ControlState:
        """On, in the mode that was on last; the state that came of it."""
        return self._update(lambda state: state if state.enabled else replace(state, mode=self._last_on))

    def subscribe(self, callback: Callable[[ControlState], None]) -> Callable[[], None]:
        """Call ``callback`` after each change, on the thread that made it; the result ends that."""
        with self._lock:
            self._callbacks.append(callback)

        def unsubscribe() -> None:
            with self._lock:
                if callback in self._callbacks:
                    self._callbacks.remove(callback)

        return unsubscribe

    def _update(self, change: Callable[[ControlState], ControlState]) -> ControlState:
        with self._lock:
            before, self._state = self._state, change(self._state)
            state = self._state
            if state.enabled:
                self._last_on = state.mode
            callbacks = list(self._callbacks) if state != before else []
        for callback in callbacks:  # outside the lock: they may look at the state or change it
            try:
                callback(state)
            except Exception:  # one listener's fault is no reason to keep the change from the others
                _log.exception("a listener of the controls failed")
        return state
