"""One running GazeCam per user, and how commands reach it.

A lock decides who runs; the system drops it with its process, so nothing has to be cleaned up after a kill.
The one that holds it listens at an address of this machine alone (a Unix socket, on Windows a named pipe;
never the network), in a folder that only this user can enter. Each command and each answer proves that its
sender can read the key that lies there.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Client, Listener
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from vcam.errors import VcamError
from vcam.platform.address import Address
from vcam.platform.instance_errors import (
    AlreadyRunning,
    CommandRefused,
    InstanceError,
    NotAnswering,
    NotRunning,
)
from vcam.platform.lock import FileLock, is_held
from vcam.platform.private_folder import check_private, make_private, runtime_folder
from vcam.platform.proof import HungUp, NotProven, Refused, answer_over, ask_over
from vcam.worker import Worker

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = [
    "COMMANDS",
    "AlreadyRunning",
    "CommandRefused",
    "Instance",
    "InstanceError",
    "NotAnswering",
    "NotRunning",
    "ask",
    "is_running",
]

_log = logging.getLogger(__name__)

Command = Literal["toggle", "on", "off", "preview", "settings", "calibrate", "quit", "status"]
"""What the running program can be asked."""
COMMANDS: tuple[str, ...] = get_args(Command)

_LOCK = "lock"
_PATIENCE_S = 0.2
"""A start asks for the lock this long: a command that looks whether it is held holds it for an instant."""
_STEP_S = 0.01
_SILENCE_S = 3.0
"""A caller that says nothing for so long is hung up on."""
_FAREWELL_S = 0.5
"""Most that an answer under way holds up the end."""


class Instance:
    """This process as the one running GazeCam, from ``acquire`` to ``close`` or the end of the process."""

    def __init__(self, lock: FileLock, folder: Path, answer: Callable[[str], str]) -> None:
        """For ``acquire``."""
        self._lock = lock
        self._folder = folder
        self._answer = answer
        self._closing = threading.Event()
        self._serving: list[threading.Thread] = []
        self._address = Address.new(folder)
        self._listener = Listener(self._address.where, backlog=16)
        try:
            self._address.write(folder)
        except OSError:
            self._listener.close()
            raise
        self._thread = Worker("instance", self._listen, lambda: None)
        self._thread.start()

    @classmethod
    def acquire(cls, answer: Callable[[str], str], folder: Path | None = None) -> "Instance":
        """Become the running one, and answer commands from now on.

        ``answer`` takes one of ``COMMANDS`` and returns a line for the user; a ``VcamError`` it raises is
        told to the one who asked. It is called on threads of the instance's own, on several at once where
        several ask, and ``close`` waits a moment for it.
        ``folder``: another place than this user's own, for tests.

        Raises:
            AlreadyRunning: another process is; ``ask`` reaches it.
            FolderUnsafe: others could reach the place where the two would meet.
            InstanceError: nothing can be written there.

        """
        place = make_private(folder or runtime_folder())
        try:
            lock = FileLock.take(place / _LOCK, _PATIENCE_S)
            if lock is None:
                raise AlreadyRunning(f"GazeCam is running already{_process(Address.read(place))}")
            try:
                return cls(lock, place, answer)
            except BaseException:
                lock.release()
                raise
        except OSError as error:
            raise InstanceError(
                f"{place}: cannot be used to listen for commands: {error.strerror or error}; "
                "make room or set XDG_RUNTIME_DIR to another folder of your own"
            ) from error

    def close(self) -> None:
        """Stop answering and let the next one start; safe to call twice."""
        if self._closing.is_set():
            return
        self._closing.set()
        with suppress(OSError):  # wakes the thread that waits for a caller
            Client(self._address.where).close()
        self._thread.join(_FAREWELL_S)
        for thread in self._serving:
            if thread is not threading.current_thread():  # the command may be the one that closes
                thread.join(_FAREWELL_S)
        with suppress(OSError):
            self._listener.close()
        with suppress(OSError):
            Address.remove(self._folder)
        self._lock.release()

    def __enter__(self) -> "Instance":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                line = self._listener.accept()
            except OSError as error:  # no descriptors left, or the caller has gone
                _log.debug("a command could not be taken: %s", error)
                self._closing.wait(_STEP_S)
                continue
            if self._closing.is_set():
                line.close()
                return
            self._serving = [thread for thread in self._serving if thread.is_alive()]
            self._serving.append(
                threading.Thread(target=self._serve, args=(line,), name="command", daemon=True)
            )
            self._serving[-1].start()

    def _serve(self, line: "Connection[Any, Any]") -> None:
        with line:
            try:
                answer_over(line, bytes.fromhex(self._address.key), self._reply, _SILENCE_S)
            except NotProven:
                _log.warning("a command without the key was ignored")
            except (OSError, EOFError) as error:
                _log.debug("a caller has gone: %s", error)

    def _reply(self, command: str) -> str:
        if command not in COMMANDS:
            raise Refused(f"this GazeCam does not know the command {command!r}; known: {', '.join(COMMANDS)}")
        try:
            return self._answer(command)
        except VcamError as error:
            raise Refused(str(error)) from error
        except Exception as error:  # a fault of ours: who asked is told, and the program lives on
            _log.exception("the command %s failed", command)
            raise Refused(f"GazeCam failed to do it: {error}; its log says where") from error


def ask(command: str, timeout_s: float = 3.0, folder: Path | None = None) -> str:
    """Have the running program carry out one of ``COMMANDS``; its answer, a line for the user.

    Raises:
        NotRunning: there is none.
        NotAnswering: there is one and it said nothing for ``timeout_s``, or ended meanwhile.
        CommandRefused: it could not, in its own words.
        FolderUnsafe: others could reach the place where the two would meet.

    """
    place, until = folder or runtime_folder(), time.monotonic() + timeout_s
    while is_running(place):
        check_private(place)
        address = Address.read(place)
        left_s = until - time.monotonic()
        if left_s <= 0:
            raise NotAnswering(_silence(address, timeout_s))
        if address and (answer := _exchange(address, command, timeout_s, left_s)) is not None:
            return answer
        time.sleep(_STEP_S)
    raise NotRunning("GazeCam is not running; start it with: gazecam")


def is_running(folder: Path | None = None) -> bool:
    """Whether a GazeCam of this user runs.

    Raises:
        InstanceError: the place where it would say so cannot be read.

    """
    path = (folder or runtime_folder()) / _LOCK
    try:
        return is_held(path)
    except OSError as error:
        raise InstanceError(f"{path}: cannot tell whether GazeCam runs: {error.strerror or error}") from error


def _exchange(address: Address, command: str, timeout_s: float, left_s: float) -> str | None:
    """The answer; None where it does not listen: it is about to, or is ending."""
    answers: list[str] = []

    def speak() -> None:
        with Client(address.where) as line:
            answers.append(ask_over(line, bytes.fromhex(address.key), command))

    # on a thread: connecting to a hung program, and waiting for its answer, know no limit of their own
    worker = Worker("ask", speak, lambda: None)
    worker.start()
    if not worker.join(left_s):
        raise NotAnswering(_silence(address, timeout_s))
    try:
        worker.raise_error()
    except Refused as error:
        raise CommandRefused(str(error)) from error
    except HungUp as error:
        raise NotAnswering(f"GazeCam{_process(address)} ended before it answered") from error
    except NotProven as error:
        raise NotAnswering(f"something else answers in the place of GazeCam{_process(address)}") from error
    except (OSError, EOFError):
        return None
    return answers[0]


def _silence(address: Address | None, timeout_s: float) -> str:
    return (
        f"GazeCam is running{_process(address)} but did not answer within {timeout_s:g} s; "
        "try again, or end that process and start GazeCam anew"
    )


def _process(address: Address | None) -> str:
    return f" (process {address.pid})" if address else ""
