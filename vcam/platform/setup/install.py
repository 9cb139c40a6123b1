"""How v4l2loopback is installed, compiled and trusted on each family of Linux distributions."""

import re

from vcam.platform.setup.machine import LinuxMachine
from vcam.platform.setup.plan import Plan, Step

_AGAIN = "then run gazecam setup-device again"


def plan_install(machine: LinuxMachine) -> Plan:
    """From no module for the running kernel to one; a plan whose steps end before it is loaded."""
    if not machine.kernel_folder:
        return Plan(
            "blocked",
            f"the files of the running kernel {machine.release} are gone: an update has replaced them",
            fix=f"restart the computer, {_AGAIN}",
        )
    if machine.source_version is not None and machine.family in {"debian", "arch"}:
        return _plan_build(machine)
    missing = f"v4l2loopback is not installed for kernel {machine.release}"
    match machine.family:
        case "debian" | "arch":
            return Plan("to do", missing, _package_steps(machine, ("v4l2loopback-dkms",)))
        case "fedora" if machine.rpm_fusion:
            build = Step(("akmods", "--force", "--kernels", machine.release), talks=True)
            return Plan("to do", missing, (*_package_steps(machine, ("akmod-v4l2loopback",)), build))
        case "suse":
            steps = _package_steps(machine, (f"v4l2loopback-kmp-{_flavor(machine.release)}",))
            return Plan("to do", missing, steps)
        case _:
            return Plan("blocked", missing, fix=_by_hand(machine))


def trust_advice(machine: LinuxMachine) -> str:
    """What to do when Secure Boot keeps the kernel from loading a module that was built here."""
    key = machine.signing_key
    if key is None and machine.family == "fedora":
        first, key = "sudo kmodgenca -a && sudo akmods --force && ", "/etc/pki/akmods/certs/public_key.der"
    elif key is None:
        return (
            "Secure Boot is on, and the kernel refuses v4l2loopback because nobody it trusts has signed it:"
            " sign it with a key of your own (your distribution's guide on Secure Boot and modules says how),"
            " or turn Secure Boot off in the computer's firmware"
        )
    else:
        first = ""
    return (
        "Secure Boot is on, and the kernel refuses v4l2loopback until you trust the key it is signed with:"
        f" {first}sudo mokutil --import {key} (choose a password), restart, choose Enroll MOK in the blue"
        f" menu that comes up, type the password, {_AGAIN}"
    )


def _plan_build(machine: LinuxMachine) -> Plan:
    build = Step(("dkms", "autoinstall", "-k", machine.release), talks=True)
    version = f"v4l2loopback {machine.source_version}"
    if machine.headers:
        message = f"{version} is installed, but was not compiled for kernel {machine.release}"
        return Plan("to do", message, (build,))
    message = f"{version} is not compiled for kernel {machine.release}, because its headers are missing"
    return Plan("to do", message, (*_package_steps(machine, ()), build))


def _package_steps(machine: LinuxMachine, packages: tuple[str, ...]) -> tuple[Step, ...]:
    wanted = packages if machine.headers else (*packages, _headers(machine))
    match machine.family:
        case "debian":
            commands = [("apt-get", "update"), ("apt-get", "install", "-y", *wanted)]
        case "arch":
            commands = [("pacman", "-S", "--needed", "--noconfirm", *wanted)]
        case "fedora":
            commands = [("dnf", "install", "-y", *wanted)]
        case _:
            commands = [("zypper", "--non-interactive", "install", *packages)]
    return tuple(Step(command, talks=True) for command in commands)


def _headers(machine: LinuxMachine) -> str:
    match machine.family:
        case "arch":
            manjaro = re.match(r"(\d+)\.(\d+)\..*MANJARO", machine.release)
            if manjaro:
                return f"linux{manjaro[1]}{manjaro[2]}-headers"
            flavor = re.search(r"-(lts|zen|hardened)$", machine.release)
            return f"linux-{flavor[1]}-headers" if flavor else "linux-headers"
        case "fedora":
            return f"kernel-devel-{machine.release}"
        case _:
            return f"linux-headers-{machine.release}"


def _flavor(release: str) -> str:
    return release.rpartition("-")[2] or "default"


def _by_hand(machine: LinuxMachine) -> str:
    match machine.family:
        case "fedora":
            return (
                "v4l2loopback is in RPM Fusion, which is not set up here: set up its free repository"
                f" (RPM Fusion's page Configuration says how), {_AGAIN}"
            )
        case "ostree":
            return (
                "with RPM Fusion set up: sudo rpm-ostree install akmod-v4l2loopback, restart the computer,"
                f" {_AGAIN}"
            )
        case "nixos":
            return (
                "add to configuration.nix: boot.extraModulePackages ="
                " [ config.boot.kernelPackages.v4l2loopback ]; then sudo nixos-rebuild switch, restart the"
                f" computer, {_AGAIN}"
            )
        case _:
            return f"install v4l2loopback with the package manager of {machine.distribution}, {_AGAIN}"
