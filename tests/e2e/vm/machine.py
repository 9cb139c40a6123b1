"""A virtual machine with a real Debian kernel and the real v4l2loopback, on hosts that have neither.

QEMU emulates the processor (TCG) and boots the distribution's kernel with ``init`` from this folder.
The guest sees the host's whole file tree read-only, so it runs the same Python, packages and paths;
its own writes stay in its memory, except what a job leaves in ``$VM_OUT``. KVM is never asked for:
where ``/dev/kvm`` is there but nested in another hypervisor, the kernel may not print a line.

Emulation is 10 to 30 times slower than the host: no test may assert a speed in the guest.
"""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
TOOLS = ("qemu-system-x86", "busybox-static", "cpio", "make", "gcc", "binutils", "kmod", "udev")
GUEST_MODULES = ("virtio_pci", "9pnet_virtio", "9p", "overlay", "v4l2loopback", "vivid")
KERNEL_ARGUMENTS = "console=ttyS0 quiet panic=-1 nokaslr mitigations=off tsc=reliable random.trust_cpu=on"


class CannotPrepare(Exception):
    """The host cannot make the machine; the message says which step failed and how."""


@dataclass(frozen=True, slots=True)
class Kernel:
    """A bootable kernel and its start-up archive."""

    release: str
    image: Path
    initrd: Path


@dataclass(frozen=True, slots=True)
class GuestRun:
    """What became of one job; ``status`` is None when the guest died or ran out of time."""

    status: int | None
    output: str
    """Everything the kernel and the job wrote to the console."""
    out: Path
    """Where the job's ``$VM_OUT`` came back."""


def install(*packages: str) -> None:
    """Install Debian packages that are not there yet.

    Raises:
        CannotPrepare: apt failed.

    """
    query = ["dpkg-query", "-W", "-f", "${db:Status-Status}\n", *packages]
    present = subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()
    if present != ["installed"] * len(packages):
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
        _command([*apt, "update"])
        _command([*apt, "install", "-y", "--no-install-recommends", *packages])


def prepare(cache: Path) -> Kernel:
    """Make the kernel ready, from ``cache`` if it was made before (about 30 s the first time).

    Raises:
        CannotPrepare: a package cannot be had or the module does not compile.

    """
    install(*TOOLS)
    made = sorted(cache.glob("*/complete"))
    folder = made[-1].parent if made else _fetch_kernel(cache)
    return Kernel(folder.name, folder / "vmlinuz", _pack_initrd(folder))


def run(
    kernel: Kernel,
    command: Sequence[str | Path],
    out: Path,
    *,
    modules: Sequence[str],
    cores: int = 1,
    memory_mib: int = 2048,
    timeout_s: float,
) -> GuestRun:
    """Boot, load ``modules`` ("name parameter=value ..."), run ``command`` as root, switch off."""
    with tempfile.TemporaryDirectory() as folder:
        share = Path(folder)
        (share / "out").mkdir()
        (share / "modules").write_text("".join(f"{module}\n" for module in modules))
        (share / "job").write_text(_job_script(command))
        output = _boot(kernel, share, cores, memory_mib, timeout_s)
        shutil.copytree(share / "out", out, dirs_exist_ok=True)
        status = share / "status"
        return GuestRun(int(status.read_text()) if status.exists() else None, output, out)


def _boot(kernel: Kernel, share: Path, cores: int, memory_mib: int, timeout_s: float) -> str:
    drive = "local,security_model=none,multidevs=remap"
    machine = f"-accel tcg -cpu Nehalem -smp {cores} -m {memory_mib} -M q35,usb=off,sata=off,smbus=off"
    quiet = "-nodefaults -no-user-config -no-reboot -display none -serial stdio"
    command = ["nice", "qemu-system-x86_64", *machine.split(), *quiet.split()]
    command += ["-kernel", str(kernel.image), "-initrd", str(kernel.initrd), "-append", KERNEL_ARGUMENTS]
    command += ["-virtfs", f"{drive},path=/,mount_tag=host,readonly=on"]
    command += ["-virtfs", f"{drive},path={share},mount_tag=share"]
    console = share / "console"
    with console.open("wb") as file:
        try:
            subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            file.write(f"\nmachine: switched off after {timeout_s:.0f} s\n".encode())
    return console.read_text(errors="replace").replace("\r", "")


def _job_script(command: Sequence[str | Path]) -> str:
    environment = {"HOME": "/root", "LANG": "C.UTF-8", "PATH": os.environ["PATH"], "VM_OUT": "/share/out"}
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in environment.items())
    return f"{exports}cd {shlex.quote(str(Path.cwd()))}\nexec {shlex.join(map(str, command))}\n"


def _fetch_kernel(cache: Path) -> Path:
    """Unpack (never install) Debian's kernel and v4l2loopback's source, and build the module."""
    release = _kernel_release()
    install(f"linux-headers-{release}")
    folder = cache / release
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as name:
        unpacked = Path(name)
        _command(["apt-get", "download", "-qq", f"linux-image-{release}", "v4l2loopback-dkms"], unpacked)
        for package in unpacked.glob("*.deb"):
            _command(["dpkg", "-x", str(package), str(unpacked)])
        source = next(unpacked.glob("usr/src/v4l2loopback-*"))
        _command(["make", "-C", f"/usr/src/linux-headers-{release}", f"M={source}", "modules"])
        modules = unpacked / "lib/modules" / release
        _command(["strip", "--strip-debug", str(source / "v4l2loopback.ko")])
        shutil.copy(source / "v4l2loopback.ko", modules)
        _command(["busybox", "depmod", "-b", str(unpacked), release])
        for path in _with_dependencies(modules):
            target = folder / "initramfs/lib/modules" / release / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(modules / path, target)
        shutil.copy(unpacked / f"boot/vmlinuz-{release}", folder / "vmlinuz")
    (folder / "complete").touch()
    return folder


def _kernel_release() -> str:
    depends = _command(["apt-cache", "depends", "linux-image-amd64"])
    found = re.search(r"Depends: linux-image-(\d\S*-amd64)$", depends, re.MULTILINE)
    if found is None:
        raise CannotPrepare(f"apt knows no kernel package behind linux-image-amd64: {depends.strip()!r}")
    return found.group(1)


def _with_dependencies(modules: Path) -> Iterator[str]:
    """Paths, relative to ``modules``, of the guest's modules and all they need."""
    for line in (modules / "modules.dep").read_text().splitlines():
        path, _, needs = line.partition(":")
        if Path(path).name.partition(".")[0] in GUEST_MODULES:
            yield from (name.removeprefix(f"/lib/modules/{modules.name}/") for name in (path, *needs.split()))


def _pack_initrd(folder: Path) -> Path:
    """Packed anew each time, so that a changed ``init`` never boots from an old archive."""
    tree = folder / "initramfs"
    (tree / "bin").mkdir(exist_ok=True)
    shutil.copy(shutil.which("busybox") or "/bin/busybox", tree / "bin/busybox")
    shutil.copy(HERE / "init", tree / "init")
    (tree / "init").chmod(0o755)
    _command(["depmod", "-b", str(tree), folder.name])  # kmod's own: it reads other indexes than busybox
    archive = folder / "initrd"
    names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
    with archive.open("wb") as file:
        cpio = ["cpio", "--create", "--format=newc", "--quiet"]
        subprocess.run(cpio, cwd=tree, input=names.encode(), stdout=file, check=True)
    return archive


def _command(command: list[str], folder: Path | None = None) -> str:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CannotPrepare(f"{shlex.join(command)}: {error}") from error
    if done.returncode:
        raise CannotPrepare(f"{shlex.join(command)}: {(done.stderr or done.stdout).strip()[-500:]}")
    return done.stdout
