"""Which Linux this is, as far as a kernel module cares: distribution, kernel, headers, Secure Boot."""

import os
import platform
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Family: TypeAlias = Literal["debian", "fedora", "ostree", "arch", "suse", "nixos", "other"]
Surroundings: TypeAlias = Literal["", "container", "wsl"]

_FAMILIES: dict[str, Family] = {
    "debian": "debian",
    "ubuntu": "debian",
    "fedora": "fedora",
    "rhel": "fedora",
    "centos": "fedora",
    "arch": "arch",
    "archlinux": "arch",
    "manjaro": "arch",
    "suse": "suse",
    "opensuse": "suse",
    "nixos": "nixos",
}
_CONTAINERS = (".dockerenv", "run/.containerenv", "run/systemd/container", ".flatpak-info")
_SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
# The public half of the key that the distribution's builder signs modules with.
_SIGNING_KEYS = (
    "var/lib/dkms/mok.pub",
    "var/lib/shim-signed/mok/MOK.der",
    "etc/pki/akmods/certs/public_key.der",
)


@dataclass(frozen=True, slots=True)
class LinuxMachine:
    """What does not change while the program runs."""

    release: str
    """Of the running kernel, as ``uname -r`` says it."""
    family: Family
    distribution: str
    """What the distribution calls itself."""
    surroundings: Surroundings = ""
    kernel_folder: bool = True
    """The running kernel's modules are on the disk."""
    headers: bool = False
    """What modules for the running kernel are compiled against is on the disk."""
    source_version: str | None = None
    """Version of v4l2loopback whose source is installed to be compiled (DKMS)."""
    secure_boot: bool | None = None
    """None: the firmware does not say, or is not UEFI."""
    signing_key: str | None = None
    """Path of the key that modules built on this machine are signed with."""
    key_trusted: bool | None = None
    """The firmware accepts that key; None: cannot be told."""
    rpm_fusion: bool = False
    """Fedora only: the repository that has v4l2loopback is set up."""


def read_machine(root: Path = Path("/"), release: str | None = None) -> LinuxMachine:
    """Read it from the files below ``root``, for the running kernel (or ``release``)."""
    release = release or platform.release()
    modules = root / "lib/modules" / release
    names = _os_release(root)
    key = next((f"/{path}" for path in _SIGNING_KEYS if _exists(root / path)), None)
    secure_boot = _secure_boot(root)
    return LinuxMachine(
        release,
        _family(names, root),
        names.get("PRETTY_NAME") or names.get("ID") or "this Linux",
        _surroundings(root, release),
        kernel_folder=modules.is_dir(),
        headers=(modules / "build/Makefile").exists(),
        source_version=_source_version(root),
        secure_boot=secure_boot,
        signing_key=key,
        key_trusted=_trusted(key) if secure_boot and key and root == Path("/") else None,
        rpm_fusion=(root / "etc/yum.repos.d/rpmfusion-free.repo").is_file(),
    )


def _os_release(root: Path) -> dict[str, str]:
    for path in (root / "etc/os-release", root / "usr/lib/os-release"):
        try:
            lines = path.read_text("utf-8", errors="replace").splitlines()
        except OSError:
            continue
        pairs = (line.partition("=") for line in lines if "=" in line)
        return {name: value.strip("\"'") for name, _, value in pairs}
    return {}


def _family(names: dict[str, str], root: Path) -> Family:
    if (root / "run/ostree-booted").exists():
        return "ostree"
    words = f"{names.get('ID', '')} {names.get('ID_LIKE', '')}".split()
    for word in words:
        if word in _FAMILIES:
            return _FAMILIES[word]
        if word.startswith("opensuse"):
            return "suse"
    return "other"


def _surroundings(root: Path, release: str) -> Surroundings:
    if "microsoft" in release.casefold():
        return "wsl"
    return "container" if any((root / path).exists() for path in _CONTAINERS) else ""


def _source_version(root: Path) -> str | None:
    folders = sorted((root / "usr/src").glob("v4l2loopback-*"))
    found = [re.search(r"-(\d[\d.]*\d)", folder.name) for folder in folders]
    versions = [match[1] for match in found if match]
    return versions[-1] if versions else None


def _secure_boot(root: Path) -> bool | None:
    try:
        value = (root / _SECURE_BOOT).read_bytes()
    except OSError:
        return None
    return value[-1:] == b"\x01"  # after four bytes of attributes


def _trusted(key: str) -> bool | None:
    if shutil.which("mokutil") is None or not os.access(key, os.R_OK):
        return None
    done = subprocess.run(
        ["mokutil", "--test-key", key], capture_output=True, text=True, timeout=10, check=False
    )
    said = done.stdout + done.stderr
    if "is not enrolled" in said:
        return False
    return True if "already enrolled" in said else None


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in a folder that only root may enter
        return False
