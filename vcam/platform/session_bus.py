"""Questions to the person's D-Bus, asked through whichever command of the system can."""

import shutil
import subprocess

_WITHIN_S = 5.0


def name_owned(name: str) -> bool | None:
    """Whether a program of the session goes by ``name``; None where nobody can be asked."""
    answer = _call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner", name)
    return None if answer is None else "true" in answer


def read_property(name: str, path: str, interface: str, property_name: str) -> str | None:
    """A property's value as text; None where there is none, or nobody can be asked."""
    return _call(name, path, "org.freedesktop.DBus.Properties", "Get", interface, property_name)


def _call(name: str, path: str, interface: str, method: str, *words: str) -> str | None:
    if shutil.which("busctl"):
        command = ["busctl", "--user", "--timeout=3", "call", name, path, interface, method]
        command += ["s" * len(words), *words]
    elif shutil.which("gdbus"):
        command = ["gdbus", "call", "--session", "--timeout", "3", "-d", name, "-o", path]
        command += ["-m", f"{interface}.{method}", *words]
    else:
        return None
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
