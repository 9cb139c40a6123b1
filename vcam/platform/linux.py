"""Video devices as the Linux kernel describes them: sysfs for the names, one ioctl for the abilities."""

import os
import re
import stat
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SYSFS = Path("/sys/class/video4linux")
PROC = Path("/proc")
LOOPBACK_DRIVER = "v4l2 loopback"

# struct v4l2_capability of linux/videodev2.h: driver, card, bus, version, capabilities, device_caps, reserved
_CAPABILITY = struct.Struct("16s32s32s3I12x")
_VIDIOC_QUERYCAP = 0x80685600
_CAPTURE, _CAPTURE_MPLANE, _OUTPUT, _HAS_DEVICE_CAPS = 0x1, 0x1000, 0x2, 0x80000000


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a device says it is and does at this moment."""

    driver: str
    captures: bool
    outputs: bool


@dataclass(frozen=True, slots=True)
class VideoNode:
    """One ``/dev/videoN``; without ``abilities`` it could not be asked, and ``problem`` says why."""

    path: str
    name: str
    abilities: Abilities | None
    problem: OSError | None = None

    @property
    def captures(self) -> bool:
        """Frames can be read from it now."""
        return self.abilities is not None and self.abilities.captures

    @property
    def outputs(self) -> bool:
        """Frames can be written to it now."""
        return self.abilities is not None and self.abilities.outputs

    @property
    def loopback(self) -> bool:
        """A v4l2loopback device, not a camera."""
        return self.abilities is not None and self.abilities.driver == LOOPBACK_DRIVER


def query_abilities(path: str) -> Abilities:
    """Ask the driver behind ``path``.

    Raises:
        OSError: it cannot be opened, or is no video device.

    """
    import fcntl  # only Unix has it, and the rest of this file is tested everywhere

    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        answer = bytearray(_CAPABILITY.size)
        fcntl.ioctl(descriptor, _VIDIOC_QUERYCAP, answer)
    finally:
        os.close(descriptor)
    return parse_abilities(bytes(answer))


def parse_abilities(answer: bytes) -> Abilities:
    """Read a ``struct v4l2_capability``."""
    driver, _, _, _, whole, node = _CAPABILITY.unpack(answer)
    # A camera has several nodes (picture, metadata); only device_caps speaks of this one.
    flags = node if whole & _HAS_DEVICE_CAPS else whole
    name = driver.partition(b"\0")[0].decode(errors="replace")
    return Abilities(name, bool(flags & (_CAPTURE | _CAPTURE_MPLANE)), bool(flags & _OUTPUT))


def video_nodes(sysfs: Path = SYSFS, query: Callable[[str], Abilities] = query_abilities) -> list[VideoNode]:
    """Every video device, by rising number; an empty list where the kernel has none."""
    numbers = (re.fullmatch(r"video(\d+)", entry.name) for entry in sysfs.glob("video*"))
    ordered = sorted(int(found[1]) for found in numbers if found)
    nodes = (_read_node(sysfs, number, query) for number in ordered)
    return [node for node in nodes if node is not None]


def _read_node(sysfs: Path, number: int, query: Callable[[str], Abilities]) -> VideoNode | None:
    path = f"/dev/video{number}"
    try:
        name = (sysfs / f"video{number}" / "name").read_text(errors="replace").strip()
    except OSError:  # unplugged since it was listed
        return None
    try:
        return VideoNode(path, name, query(path))
    except OSError as error:
        return VideoNode(path, name, None, error)


def holders(path: str, proc: Path = PROC) -> list[str]:
    """Programs that have ``path`` open, as "name (pid)"; other users' programs only show to root."""
    return [f"{_program(proc / str(pid))} ({pid})" for pid in openers(path, proc)]


def openers(path: str, proc: Path = PROC) -> list[int]:
    """Ids of the processes that have ``path`` open, rising; other users' only show to root."""
    try:
        wanted = Path(path).stat()
    except OSError:
        return []
    pids = sorted(int(entry.name) for entry in proc.iterdir() if entry.name.isdigit())
    name = Path(path).name
    return [pid for pid in pids if _holds(proc / str(pid), name, wanted)]


def _holds(process: Path, name: str, wanted: os.stat_result) -> bool:
    try:
        return any(_leads_to(link, name, wanted) for link in (process / "fd").iterdir())
    except OSError:  # it ended meanwhile, or belongs to another user
        return False


def _leads_to(link: Path, name: str, wanted: os.stat_result) -> bool:
    try:
        # the text first, for speed; it is not enough: programs in sandboxes have file systems of their own
        if not str(link.readlink()).endswith(name):
            return False
        found = link.stat()
    except OSError:  # closed meanwhile
        return False
    if stat.S_ISCHR(wanted.st_mode):
        return stat.S_ISCHR(found.st_mode) and found.st_rdev == wanted.st_rdev
    return os.path.samestat(found, wanted)


def _program(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return "a program"
