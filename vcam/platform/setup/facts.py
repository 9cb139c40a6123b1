"""The facts about this Linux that setting up its virtual camera depends on."""

import os
import shutil
from pathlib import Path

from vcam.platform import linux
from vcam.platform.loopback import read_module
from vcam.platform.setup.linux import FILES, OPTIONS_FILE, LinuxFacts
from vcam.platform.setup.machine import read_machine
from vcam.platform.setup.options import read_kept
from vcam.platform.setup.rights import ADMIN_FOLDERS


def read_facts(root: Path = Path("/"), release: str | None = None) -> LinuxFacts:
    """Look at the machine; ``root`` is where its files are, devices and programs are always this one's."""
    nodes = linux.video_nodes()
    return LinuxFacts(
        read_machine(root, release),
        read_module(root, release),
        tuple(nodes),
        {node.path: tuple(linux.holders(node.path)) for node in nodes if node.loopback},
        tuple(read_kept(root, Path(OPTIONS_FILE).name)),
        {path: text for path in FILES if (text := _content(root / path.lstrip("/"))) is not None},
        adder=has_command("v4l2loopback-ctl") and Path("/dev/v4l2loopback").exists(),
        udev=has_command("udevadm") and Path("/run/udev/control").exists(),
        missing_folders=tuple(folder for folder in _folders() if not (root / folder.lstrip("/")).is_dir()),
        user=_user(),
    )


def has_command(name: str) -> bool:
    """Whether the administrator could call it."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:{ADMIN_FOLDERS}") is not None


def _folders() -> list[str]:
    return [str(Path(path).parent) for path in FILES]


def _content(path: Path) -> str | None:
    try:
        return path.read_text("utf-8", errors="replace")
    except OSError:
        return None


def _user() -> str:
    import pwd  # Unix alone has it

    return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
