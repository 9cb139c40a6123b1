"""No network: while the program works no socket to it is open, nor any asked for by Python code.

Two watches, for each sees what the other cannot: the kernel's list of open descriptors, from which native
libraries cannot hide but a short life can, and Python's audit events, which miss nothing that Python does.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e import program
from tests.e2e.footage import cut

EVERY_S = 0.005
TESTED = {"CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "PYTEST_CURRENT_TEST"}
"""Variables by which programs know that they run in a test."""

needs_proc = pytest.mark.skipif(
    sys.platform != "linux", reason=f"the descriptors of a process are listed in /proc, not on {sys.platform}"
)

# the hook stands before the first import of the program; its own file is open before the hook
AUDITED = """
import os, runpy, sys
events = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
def note(event, arguments):
    if event.startswith("socket."):
        os.write(events, f"{event} {arguments}\\n".encode())
sys.addaudithook(note)
sys.argv = sys.argv[2:]
sys.path[0] = os.path.dirname(sys.argv[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass
class Watched:
    """One run: how it ended, the audit events of sockets, the sockets among its descriptors."""

    returncode: int = -1
    looks: int = 0
    cached: list[str] = field(default_factory=list)
    """What it left in the user's cache folder."""
    events: list[str] = field(default_factory=list)
    sockets: set[str] = field(default_factory=set)


def watch(folder: Path, *script: str | Path) -> Watched:
    """Run a Python script with its arguments, audited, and list its descriptors again and again."""
    watched, events = Watched(), folder / "events"
    words = [sys.executable, "-c", AUDITED, str(events), *map(str, script)]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    cache = folder / "cache"
    # libraries that report to their makers keep still where they see that they are tested
    at_home = {name: value for name, value in os.environ.items() if name not in TESTED}
    with subprocess.Popen(words, **quiet, env=at_home | {"XDG_CACHE_HOME": str(cache)}) as process:
        while not _ended(process):
            watched.looks += 1
            for member in family(process.pid):
                watched.sockets |= network_sockets(member)
    watched.returncode = process.returncode
    watched.events = events.read_text("utf-8").splitlines()
    watched.cached = [str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file()]
    return watched


def _ended(process: "subprocess.Popen[bytes]") -> bool:
    try:
        process.wait(EVERY_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def family(pid: int) -> Iterator[int]:
    """The process and all that it has started."""
    yield pid
    with suppress(OSError):  # it has ended since
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from family(int(child))


def descriptors(pid: int) -> list[str]:
    """What the open descriptors of a process stand for: paths, "pipe:[5]", "socket:[7]"."""
    found: list[str] = []
    with suppress(OSError):  # it has ended since
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):  # closed since
                found.append(str(entry.readlink()))
    return found


def network_sockets(pid: int) -> set[str]:
    """Its open sockets, but for the machine's own: on a desktop MediaPipe's EGL asks the display server."""
    opened = {name for name in descriptors(pid) if name.startswith("socket:")}
    with suppress(OSError):
        listing = Path(f"/proc/{pid}/net/unix").read_text().splitlines()[1:]
        opened -= {f"socket:[{line.split()[6]}]" for line in listing}
    return opened


@pytest.fixture(scope="module", params=["live", "process"])
def run(request, tmp_path_factory) -> Watched:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "live":
        words = ["--source", "demo", "--sink", folder / "live.mp4", "--duration", "3"]
    else:
        words = ["process", cut(program.DEMO, folder / "in.mp4", 60), folder / "out.mp4"]
    return watch(folder, program.ROOT / "run_vcam.py", *words)


@needs_proc
def test_no_descriptor_is_ever_a_network_socket(run):
    assert run.returncode == 0
    assert run.looks > 100
    assert run.sockets == set()


def test_no_python_code_asks_for_a_socket(run):
    assert run.returncode == 0
    assert run.events == []


def test_no_outbox_of_a_library_is_left_behind(run):
    assert run.returncode == 0
    assert [path for path in run.cached if "onnxruntime" in path] == []


def test_onnx_runtime_by_itself_would_keep_an_outbox(tmp_path):
    script = tmp_path / "reports.py"
    model = program.ROOT / "engines/zoo/gaze_runtime/model.onnx"
    script.write_text(f"import onnxruntime\nonnxruntime.InferenceSession({str(model)!r})\n", "utf-8")
    cached = watch(tmp_path, script).cached
    if not cached:
        pytest.skip("this ONNX Runtime was built without telemetry")
    assert any("onnxruntime" in path for path in cached)


def test_the_audit_sees_a_socket_that_is_closed_at_once(tmp_path):
    script = tmp_path / "brief.py"
    script.write_text("import socket\nsocket.socket().close()\n", "utf-8")
    assert [event.partition(" ")[0] for event in watch(tmp_path, script).events] == ["socket.__new__"]


@needs_proc
def test_the_list_of_descriptors_shows_a_socket_that_only_a_child_has(tmp_path):
    script = tmp_path / "parent.py"
    child = "import socket; held = socket.socket(); import numpy"  # the import takes a tenth of a second
    script.write_text(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}])\n", "utf-8")
    watched = watch(tmp_path, script)
    assert len(watched.sockets) == 1
    assert watched.events == []
