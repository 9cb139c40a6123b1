"""A named thread that runs one body and keeps the exception that ended it."""

import threading
from collections.abc import Callable

from vcam.slot import SlotClosed


class Worker:
    """Runs ``body`` once on a daemon thread; a ``SlotClosed`` that leaves it is the normal end."""

    def __init__(self, name: str, body: Callable[[], None], on_exit: Callable[[], None]) -> None:
        """``on_exit`` runs on the thread after the body, whatever ended it (close the slots there)."""
        self._body = body
        self._on_exit = on_exit
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; False when the body still runs after ``timeout_s``."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    @property
    def name(self) -> str:
        """Name of the thread."""
        return self._thread.name

    @property
    def alive(self) -> bool:
        """Whether the body still runs."""
        return self._thread.is_alive()

    def raise_error(self) -> None:
        """Raise, on the caller's thread, the exception that ended the body, if one did."""
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            self._body()
        except SlotClosed:
            pass
        except BaseException as error:  # kept for raise_error: nothing may end a thread unseen
            self._error = error
        finally:
            self._on_exit()
