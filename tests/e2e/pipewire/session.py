"""D-Bus, PipeWire and WirePlumber of our own: no real desktop is touched, and none is needed."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

START_S = 30.0
PACKAGES = {
    "dbus-daemon": "dbus",
    "pipewire": "pipewire",
    "pw-dump": "pipewire-bin",
    "wireplumber": "wireplumber",
    "gst-launch-1.0": "gstreamer1.0-tools",
}


def missing(packages: Mapping[str, str]) -> str | None:
    """What to install, given programs and the Debian packages that bring them; None when all are there."""
    absent = sorted({package for program, package in packages.items() if shutil.which(program) is None})
    return f"needs the package(s) {', '.join(absent)}" if absent else None


class Session:
    """A user's session; a context manager. ``environment`` is what its programs run in."""

    def __init__(self, *, managed: bool = True) -> None:
        """Without ``managed`` there is no WirePlumber."""
        self._managed = managed
        self._ends = ExitStack()
        # not below pytest's folder: the path of a socket has room for 107 characters
        self.folder = Path(self._ends.enter_context(tempfile.TemporaryDirectory(prefix="gazecam-")))
        homes = {"XDG_RUNTIME_DIR": str(self.folder)}
        for name in ("CONFIG", "STATE", "DATA", "CACHE"):
            homes[f"XDG_{name}_HOME"] = str(self.folder / name.lower())
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("PIPEWIRE", "DBUS", "WAYLAND"))
        }
        self.environment = {**kept, **homes}
        self.programs: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Session":
        self._ends.callback(self._unmount)
        try:
            bus = self.folder / "bus"
            self.environment["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={bus}"
            self.start("dbus-daemon", "--session", "--nofork", f"--address=unix:path={bus}")
            self.wait_for(bus.exists, "the bus")
            self.start("pipewire")
            self.wait_for((self.folder / "pipewire-0").exists, "PipeWire's socket")
            if self._managed:
                self.start("wireplumber")
                self.wait_for(self._is_managed, "WirePlumber")
        except BaseException:
            self._ends.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ends.close()

    def start(self, *command: str | Path, **changes: str) -> subprocess.Popen[bytes]:
        """Start a program of the session, which ends with it; what it says goes to ``NAME.log``."""
        name = Path(command[0]).name
        log = self._ends.enter_context((self.folder / f"{name}.log").open("ab"))
        environment = {**self.environment, **changes}
        program = subprocess.Popen(
            [*map(str, command)], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
            start_new_session=True,
        )  # fmt: skip
        self.programs[name] = program
        self._ends.callback(end, program)
        return program

    def log(self, name: str) -> str:
        """What a program has said so far."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def objects(self) -> list[dict[str, Any]]:
        """PipeWire's objects, as ``pw-dump`` tells them; none while it does not answer."""
        done = subprocess.run(["pw-dump"], env=self.environment, capture_output=True, timeout=20, check=False)
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout else []

    def cameras(self) -> list[dict[str, Any]]:
        """The properties of the nodes that programs take for cameras."""
        nodes = [thing["info"]["props"] for thing in self.objects() if thing["type"].endswith(":Node")]
        return [node for node in nodes if node.get("media.class") == "Video/Source"]

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Poll: none of these programs says when it is ready."""
        deadline = time.monotonic() + START_S
        while not condition():
            dead = [name for name, program in self.programs.items() if program.poll() is not None]
            logs = "\n".join(self.log(name) for name in dead)
            assert not dead, f"waiting for {what}: {', '.join(dead)} ended\n{logs}"
            assert time.monotonic() < deadline, f"{what}: not there after {START_S} s"
            time.sleep(0.02)

    def _unmount(self) -> None:
        """Free the folder of what the document portal, which the camera portal brings along, put over it."""
        # the mount itself answers nothing once its server has ended, so the folder is asked
        if any(entry.name == "doc" for entry in self.folder.iterdir()):
            words = ["fusermount3", "-u", "-z", str(self.folder / "doc")]
            subprocess.run(words, capture_output=True, check=False)

    def _is_managed(self) -> bool:
        words = ["pw-metadata", "0"]
        done = subprocess.run(words, env=self.environment, capture_output=True, timeout=20, check=False)
        return b'Found "default"' in done.stdout


def end(program: "subprocess.Popen[bytes]") -> None:
    """Kill a program with all that it has started; also one that is stopped."""
    if program.poll() is None:
        os.killpg(program.pid, signal.SIGKILL)
    program.wait(20)
