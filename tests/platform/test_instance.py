"""One running program per user, tried with real processes and a folder of their own."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from multiprocessing.connection import Client
from pathlib import Path

import pytest

from vcam.errors import VcamError
from vcam.platform import instance
from vcam.platform.instance import (
    COMMANDS,
    AlreadyRunning,
    CommandRefused,
    Instance,
    InstanceError,
    NotAnswering,
    NotRunning,
    ask,
    is_running,
)
from vcam.platform.instance_errors import FolderUnsafe
from vcam.platform.private_folder import make_private, runtime_folder

ROOT = Path(__file__).parents[2]
unix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps others out by the user's profile")
as_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can make a folder of somebody else's"
)

# becomes the running one if it can, says so, and then answers until its input ends
PROGRAM = """
import sys
from pathlib import Path
from vcam.platform.instance import AlreadyRunning, Instance
print("ready", flush=True)
sys.stdin.readline()
try:
    holder = Instance.acquire(lambda command: f"{command} done", Path(sys.argv[1]))
except AlreadyRunning as error:
    print(error, flush=True)
else:
    print("won", flush=True)
    sys.stdin.read()
    holder.close()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short path: that of a Unix socket is limited to about 100 characters."""
    with tempfile.TemporaryDirectory() as place:
        yield Path(place) / "gazecam"


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a process that waits for a line before it tries to become the running one."""
    with ExitStack() as stack:

        def one() -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(folder)],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert line(process) == "ready"
            return process

        yield one


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def running(start: Callable[[], subprocess.Popen[str]]) -> subprocess.Popen[str]:
    process = start()
    go(process)
    assert line(process) == "won"
    return process


def echo(command: str) -> str:
    return f"{command} done"


def test_a_command_is_answered_by_the_running_program(start, folder):
    running(start)
    assert [ask(command, folder=folder) for command in COMMANDS] == [f"{name} done" for name in COMMANDS]


def test_of_several_that_start_at_once_exactly_one_runs(start):
    for _ in range(3):
        processes = [start() for _ in range(4)]
        for process in processes:
            go(process)
        said = sorted(line(process) for process in processes)
        winner = [process.pid for process in processes if process.poll() is None]
        assert said[-1] == "won"
        assert all(text.startswith("GazeCam is running already") for text in said[:-1])
        for process in processes:
            process.kill()
            process.wait()
        assert winner


def test_threads_that_start_at_once_agree_on_one_as_well(folder):
    for _ in range(8):
        made, refused, together = [], [], threading.Barrier(4)

        def begin(made=made, refused=refused, together=together) -> None:
            together.wait()
            try:
                made.append(Instance.acquire(echo, folder))
            except AlreadyRunning:
                refused.append(1)

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(made), len(refused)) == (1, 3)
        made[0].close()


def test_a_second_start_is_told_who_runs(start, folder):
    first = running(start)
    with pytest.raises(AlreadyRunning, match=rf"^GazeCam is running already \(process {first.pid}\)$"):
        Instance.acquire(echo, folder)


def test_a_killed_program_leaves_its_place_to_the_next(start, folder):
    first = running(start)
    first.kill()
    first.wait()
    assert (folder / "address.json").exists()  # what a killed program leaves behind
    assert not is_running(folder)
    with closing(Instance.acquire(echo, folder)):
        assert ask("status", folder=folder) == "status done"


def test_a_killed_program_is_not_asked(start, folder):
    first = running(start)
    first.kill()
    first.wait()
    with pytest.raises(NotRunning, match=r"^GazeCam is not running; start it with: gazecam$"):
        ask("toggle", folder=folder)


def test_nothing_is_asked_where_nothing_ever_ran(folder):
    with pytest.raises(NotRunning):
        ask("toggle", folder=folder)
    assert not folder.exists()


@unix
def test_a_hung_program_is_named_within_the_time_allowed(start, folder):
    first = running(start)
    first.send_signal(signal.SIGSTOP)
    message = (
        rf"^GazeCam is running \(process {first.pid}\) but did not answer within 0\.3 s; try again, or end"
    )
    with pytest.raises(NotAnswering, match=message):
        ask("toggle", timeout_s=0.3, folder=folder)
    first.send_signal(signal.SIGCONT)
    assert ask("status", folder=folder) == "status done"


@unix
def test_a_hung_program_whose_queue_is_full_does_not_hang_the_next_command(start, folder):
    first = running(start)
    first.send_signal(signal.SIGSTOP)
    for _ in range(20):
        with pytest.raises(NotAnswering):
            ask("status", timeout_s=0.02, folder=folder)
    first.kill()


def test_a_program_that_still_starts_is_waited_for(folder):
    make_private(folder)
    lock = instance.FileLock.take(folder / "lock")
    assert lock is not None
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(ask("status", timeout_s=20, folder=folder)))
    asking.start()
    assert asking.is_alive()
    starting = Instance(lock, folder, echo)
    asking.join()
    starting.close()
    assert answers == ["status done"]


def test_what_the_program_refuses_comes_back_in_its_words(folder):
    def answer(_command: str) -> str:
        raise VcamError("there is no window; start GazeCam without --no-tray")

    with Instance.acquire(answer, folder):
        with pytest.raises(CommandRefused, match=r"^there is no window; start GazeCam without --no-tray$"):
            ask("preview", folder=folder)
        with pytest.raises(CommandRefused, match="does not know the command 'dance'; known: toggle, on, off"):
            ask("dance", folder=folder)


def test_a_fault_in_the_program_is_told_and_it_lives_on(folder, caplog):
    def answer(command: str) -> str:
        return command if command == "status" else str(1 / 0)

    with Instance.acquire(answer, folder):
        with pytest.raises(CommandRefused, match=r"^GazeCam failed to do it: division by zero; its log says"):
            ask("toggle", folder=folder)
        assert ask("status", folder=folder) == "status"
    assert "ZeroDivisionError" in caplog.text


def test_a_slow_answer_does_not_hold_up_the_others(folder):
    slow_asked, go_on = threading.Event(), threading.Event()

    def answer(command: str) -> str:
        if command == "preview":
            slow_asked.set()
            go_on.wait(20)
        return command

    with Instance.acquire(answer, folder):
        slow = threading.Thread(target=ask, args=("preview", 20.0, folder))
        slow.start()
        assert slow_asked.wait(20)
        assert ask("status", folder=folder) == "status"
        go_on.set()
        slow.join()


def test_a_command_may_end_the_program_and_is_still_answered(folder):
    held: list[Instance] = []

    def answer(_command: str) -> str:
        held[0].close()
        return "closing"

    held.append(Instance.acquire(answer, folder))
    assert ask("quit", folder=folder) == "closing"
    with pytest.raises(NotRunning):
        ask("quit", folder=folder)


def test_the_answer_under_way_is_sent_before_the_end(folder):
    asked, answers = threading.Event(), []

    def answer(_command: str) -> str:
        asked.set()
        time.sleep(0.05)
        return "just in time"

    holder = Instance.acquire(answer, folder)
    asking = threading.Thread(target=lambda: answers.append(ask("status", folder=folder)))
    asking.start()
    assert asked.wait(20)
    holder.close()
    asking.join()
    assert answers == ["just in time"]


def test_a_command_whose_program_dies_is_not_sent_twice(folder):
    toggled = folder.parent / "toggled"
    dying = f"import os; open({str(toggled)!r}, 'a').write('x'); os._exit(1)"
    script = PROGRAM.replace('lambda command: f"{command} done"', f"lambda command: exec({dying!r})")
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert line(process) == "ready"
        go(process)
        assert line(process) == "won"
        with pytest.raises(
            NotAnswering, match=rf"GazeCam \(process {process.pid}\) ended before it answered"
        ):
            ask("toggle", folder=folder)
    assert toggled.read_text() == "x"


def test_closing_twice_is_closing_once(folder):
    holder = Instance.acquire(echo, folder)
    holder.close()
    with closing(Instance.acquire(echo, folder)):
        holder.close()
        assert is_running(folder)


def test_one_without_the_key_is_not_obeyed(folder, caplog):
    obeyed: list[str] = []

    def answer(command: str) -> str:
        obeyed.append(command)
        return command

    with Instance.acquire(answer, folder):
        record = json.loads((folder / "address.json").read_text())
        with Client(record["where"]) as line_:
            line_.recv_bytes()
            line_.send_bytes(b"\0" * 64 + b"quit")
            with pytest.raises(EOFError):
                line_.recv_bytes()
        record["key"] = "00" * 32
        (folder / "address.json").write_text(json.dumps(record))
        with pytest.raises(NotAnswering):
            ask("quit", timeout_s=0.5, folder=folder)
    assert obeyed == []
    assert "a command without the key was ignored" in caplog.text


@unix
def test_nobody_else_can_read_the_key_or_reach_the_socket(folder):
    with Instance.acquire(echo, folder):
        modes = {path.name: path.stat().st_mode & 0o777 for path in [folder, folder / "address.json"]}
    assert modes == {"gazecam": 0o700, "address.json": 0o600}


def test_each_run_has_a_key_of_its_own(folder):
    keys = set()
    for _ in range(3):
        with Instance.acquire(echo, folder):
            keys.add(json.loads((folder / "address.json").read_text())["key"])
    assert len(keys) == 3


@unix
def test_a_folder_that_others_can_enter_is_refused(folder):
    folder.mkdir()
    folder.chmod(0o755)
    message = r"gazecam: others can enter this folder \(mode 755, expected 700\); remove it and start again$"
    with pytest.raises(FolderUnsafe, match=message):
        Instance.acquire(echo, folder)


@as_root
def test_a_folder_of_another_user_is_refused(folder):
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(
        FolderUnsafe, match="expected a folder of yours, but it belongs to user 65534; have it"
    ):
        Instance.acquire(echo, folder)


@unix
def test_a_link_in_place_of_the_folder_is_refused(folder, tmp_path):
    folder.symlink_to(tmp_path)
    with pytest.raises(FolderUnsafe, match="expected a folder of yours, found a link or a file; remove it"):
        Instance.acquire(echo, folder)


@unix
def test_a_command_is_not_sent_into_a_folder_that_others_can_enter(folder):
    with Instance.acquire(echo, folder):
        folder.chmod(0o777)
        with pytest.raises(FolderUnsafe, match="others can enter this folder"):
            ask("toggle", folder=folder)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FolderUnsafe, match="cannot make this folder"):
        Instance.acquire(echo, tmp_path / "file" / "gazecam")


@unix
def test_a_path_too_long_for_a_socket_is_an_error_with_a_way_out(tmp_path):
    deep = tmp_path / ("x" * 100) / "gazecam"
    with pytest.raises(InstanceError, match=r"cannot be used to listen for commands: .*set XDG_RUNTIME_DIR"):
        Instance.acquire(echo, deep)
    assert not is_running(deep)


@unix
def test_a_disk_that_is_full_is_an_error_and_frees_the_place(folder, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("vcam.platform.address.json.dump", full)
        with pytest.raises(InstanceError, match="listen for commands: No space left on device"):
            Instance.acquire(echo, folder)
    with closing(Instance.acquire(echo, folder)):
        assert ask("status", folder=folder) == "status done"


@unix
def test_the_socket_is_none_of_the_network(folder):
    """What Python's audit tells of sockets: families and addresses (1 is AF_UNIX)."""
    script = f"""
import sys
from pathlib import Path
events = []
sys.addaudithook(lambda event, given: events.append((event, given)) if event.startswith("socket.") else None)
from vcam.platform.instance import Instance, ask
with Instance.acquire(str, Path({str(folder)!r})):
    ask("status", folder=Path({str(folder)!r}))
made = [int(given[1]) for event, given in events if event == "socket.__new__"]
assert made and set(made) == {{1}}, made
named = [given[1] for event, given in events if event in ("socket.bind", "socket.connect")]
assert set(named) == {{{str(folder / "socket")!r}}}, named
assert {{event for event, _ in events}} <= {{"socket.__new__", "socket.bind", "socket.connect"}}, events
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@unix
def test_the_place_is_the_one_that_the_session_gives(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    if sys.platform == "linux":
        assert runtime_folder() == tmp_path / "gazecam"
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
        assert runtime_folder().parent != tmp_path / "missing"
