"""How v4l2loopback comes to have a device labelled GazeCam, now and after every start of the machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vcam.platform.linux import VideoNode
from vcam.platform.loopback import OLDEST, LoopbackModule, version_number
from vcam.platform.setup.install import plan_install, trust_advice
from vcam.platform.setup.machine import LinuxMachine
from vcam.platform.setup.options import MODULE, MOST_DEVICES, Loopback, module_options, sayable
from vcam.platform.setup.plan import Plan, Step, write_file

# After the files of others: of an option that is given twice modprobe takes the last.
OPTIONS_FILE = "/etc/modprobe.d/zz-gazecam.conf"
LOAD_FILE = "/etc/modules-load.d/gazecam.conf"
UDEV_FILE = "/etc/udev/rules.d/61-gazecam.rules"
FILES = (OPTIONS_FILE, LOAD_FILE, UDEV_FILE)
FIRST_NUMBER = 42
"""Cameras are numbered from 0 as they come: a low number here would take one of theirs."""

_WRITTEN_BY = "# gazecam setup-device --remove undoes this"


@dataclass(frozen=True, slots=True)
class LinuxFacts:
    """What a plan depends on."""

    machine: LinuxMachine
    module: LoopbackModule
    nodes: tuple[VideoNode, ...] = ()
    holders: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Node to the programs that have it open."""
    kept: tuple[Loopback, ...] = ()
    """Devices that others have had made at every start."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Which of ``FILES`` exist, with their content."""
    adder: bool = False
    """The module can take a device more while it is loaded (0.13 and newer, with its own tool)."""
    udev: bool = True
    missing_folders: tuple[str, ...] = ()
    """Which of the files' folders do not exist."""
    user: str = "$USER"


def own_files(facts: LinuxFacts, name: str) -> dict[str, str]:
    """What the files have to contain."""
    loopbacks = [*_kept(facts, name), _own(facts, name)]
    rule = (
        f'SUBSYSTEM=="video4linux", ATTR{{name}}=="{name}", GROUP="video", MODE="0660", TAG+="uaccess",'
        # udev looks once, while nobody sends yet, and would call it an output for good: PipeWire believes it
        ' ENV{ID_V4L_CAPABILITIES}=":capture:"'
    )
    contents = {
        OPTIONS_FILE: " ".join(["options", MODULE, *module_options(loopbacks)]),
        LOAD_FILE: MODULE,
        UDEV_FILE: rule,
    }
    return {path: f"{_WRITTEN_BY}\n{line}\n" for path, line in contents.items()}


def kept_for_good(facts: LinuxFacts, name: str) -> bool:
    """Whether the files say that the device comes at every start."""
    return all(facts.files.get(path) == text for path, text in own_files(facts, name).items())


def plan_setup(facts: LinuxFacts, name: str) -> Plan:
    """From what there is to a device labelled ``name`` that survives restarts."""
    ours = _labelled(facts, name)
    if ours is not None:
        return _plan_existing(facts, name, ours)
    hopeless = _no_modules(facts)
    if hopeless is not None:
        return hopeless
    if facts.module.loaded:
        return _plan_more(facts, name)
    if facts.module.installed:
        return _plan_load(facts, name, (), "v4l2loopback is installed, but not loaded")
    install = plan_install(facts.machine)
    return install if install.fix else _plan_load(facts, name, install.steps, install.message)


def plan_removal(facts: LinuxFacts, name: str) -> Plan:
    """Take back what ``plan_setup`` did; the devices and files of others stay, and so does the package."""
    ours = _labelled(facts, name)
    steps: list[Step] = []
    present = [path for path in FILES if path in facts.files]
    if present:
        steps += [Step(("rm", "-f", *present)), *_udev_reload(facts)]
    if ours is not None and ours.loopback:
        if facts.adder:
            steps.append(Step(("v4l2loopback-ctl", "delete", ours.path)))
        elif busy := _busy(facts):
            return Plan(
                "blocked",
                f"{name} cannot be removed while virtual cameras are in use: {busy}",
                fix="close those programs, then run gazecam setup-device --remove again",
            )
        else:
            others = _others(facts, name)
            steps.append(Step(("modprobe", "-r", MODULE)))
            steps += [Step(("modprobe", MODULE, *module_options(others)))] if others else []
    if not steps:
        return Plan("done", f"there is no virtual camera named {name}, and nothing of GazeCam's to remove")
    return Plan("to do", f"this removes {name}; the package v4l2loopback stays", tuple(steps))


def why_failed(step: Step, said: str, facts: LinuxFacts) -> str:
    """What a failed step means, and what to do; ``said`` is what it wrote to its error output."""
    if step.command[0] == "modprobe":
        if any(words in said for words in ("Key was rejected", "Required key not available")):
            return trust_advice(facts.machine)
        if "not permitted" in said and facts.machine.secure_boot:
            return trust_advice(facts.machine)
        if "not found" in said:
            return (
                f"v4l2loopback was installed, but not compiled for kernel {facts.machine.release}; if a newer"
                " kernel was installed, restart the computer and run gazecam setup-device again"
            )
        if "in use" in said:
            return "a program still has a virtual camera open; close it and run gazecam setup-device again"
    return said.strip() or "it gave no reason"


def _plan_existing(facts: LinuxFacts, name: str, node: VideoNode) -> Plan:
    if isinstance(node.problem, PermissionError):
        return Plan(
            "to do",
            f"{node.path} ({name}) is there, but {facts.user} may not open it",
            (Step(("usermod", "-aG", "video", facts.user)),),
            "log out and in again, so that the new group counts",
        )
    if node.problem is not None or node.captures == node.outputs:
        both = "announces capture and output at once, so browsers do not list it"
        what = both if node.captures else "is stuck: it announces neither capture nor output"
        what = f"cannot be opened ({node.problem.strerror})" if node.problem else what
        return _plan_reload(facts, name, f"{node.path} ({name}) {what}")
    if kept_for_good(facts, name):
        return Plan("done", f"{name} is there ({node.path}), and will be after a restart of the computer")
    message = f"{name} is there ({node.path}), but would be gone after a restart of the computer"
    return Plan("to do", message, _file_steps(facts, name))


def _plan_more(facts: LinuxFacts, name: str) -> Plan:
    others = ", ".join(f"{node.path} {node.name!r}" for node in facts.nodes if node.loopback) or "none"
    message = f"v4l2loopback is loaded, but none of its cameras is labelled {name} (there is: {others})"
    if facts.adder:
        add = Step(("v4l2loopback-ctl", "add", f"--name={name}", "--exclusive-caps=1"))
        return Plan("to do", message, (*_file_steps(facts, name), add))
    return _plan_reload(facts, name, message)


def _plan_reload(facts: LinuxFacts, name: str, message: str) -> Plan:
    others = _others(facts, name)
    if busy := _busy(facts):
        return Plan(
            "blocked",
            f"{message}; v4l2loopback has to be loaded anew, but virtual cameras are in use: {busy}",
            fix="close those programs, then run gazecam setup-device again",
        )
    if problem := _cannot_be_kept(others):
        return Plan("blocked", f"{message}; {problem}", fix="remove one of them, then run this again")
    load = Step(("modprobe", MODULE, *module_options([*others, _own(facts, name)])))
    return Plan("to do", message, (*_file_steps(facts, name), Step(("modprobe", "-r", MODULE)), load))


def _plan_load(facts: LinuxFacts, name: str, before: tuple[Step, ...], message: str) -> Plan:
    version = facts.module.version or facts.machine.source_version
    if not before and version and version_number(version) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return Plan(
            "blocked",
            f"v4l2loopback {version} is too old: GazeCam needs {oldest} or newer",
            fix="update it with your system's packages, or install a newer one from its own repository",
        )
    if facts.machine.secure_boot and facts.machine.key_trusted is False:
        return Plan("blocked", message, fix=trust_advice(facts.machine))
    load = Step(("modprobe", MODULE, *module_options([*_kept(facts, name), _own(facts, name)])))
    last = "if loading is refused because of Secure Boot, run gazecam setup-device again: it says what to do"
    fix = last if before and facts.machine.secure_boot else ""
    return Plan("to do", message, (*before, *_file_steps(facts, name), load), fix)


def _file_steps(facts: LinuxFacts, name: str) -> tuple[Step, ...]:
    wanted = own_files(facts, name).items()
    writes = [write_file(path, text) for path, text in wanted if facts.files.get(path) != text]
    if not writes:
        return ()
    folders = [Step(("mkdir", "-p", *facts.missing_folders))] if facts.missing_folders else []
    return (*folders, *writes, *_udev_reload(facts))


def _udev_reload(facts: LinuxFacts) -> tuple[Step, ...]:
    return (Step(("udevadm", "control", "--reload")),) if facts.udev else ()


def _no_modules(facts: LinuxFacts) -> Plan | None:
    if facts.machine.surroundings == "wsl":
        return Plan(
            "blocked",
            "this is Linux inside Windows (WSL), whose kernel has no virtual cameras",
            fix="run GazeCam on Windows itself",
        )
    if facts.module.kernel_loads_modules and facts.machine.surroundings == "container":
        return Plan(
            "blocked",
            "this is a container: a camera needs a kernel module, which only the computer itself can load",
            fix="run gazecam setup-device on the computer, outside the container",
        )
    if facts.module.kernel_loads_modules:
        return None
    return Plan(
        "blocked",
        f"kernel {facts.machine.release} loads no modules, so it can have no virtual camera",
        fix="run GazeCam on a system whose kernel loads v4l2loopback, or send to --sink preview or a file",
    )


def _labelled(facts: LinuxFacts, name: str) -> VideoNode | None:
    ours = [node for node in facts.nodes if node.name == name and (node.loopback or node.problem)]
    return next((node for node in ours if node.outputs), ours[0] if ours else None)


def _kept(facts: LinuxFacts, name: str) -> list[Loopback]:
    return [
        loopback for loopback in facts.kept if loopback.label != name
    ]  # somebody may have added it by hand


def _own(facts: LinuxFacts, name: str) -> Loopback:
    ours = _labelled(facts, name)
    if ours is not None:
        return Loopback(name, _number(ours))
    taken = {_number(node) for node in facts.nodes} | {kept.number for kept in _kept(facts, name)}
    return Loopback(name, next(n for n in range(FIRST_NUMBER, FIRST_NUMBER + 1000) if n not in taken))


def _others(facts: LinuxFacts, name: str) -> list[Loopback]:
    nodes = [node for node in facts.nodes if node.loopback and node.name != name]
    return [Loopback(node.name, _number(node), not (node.captures and node.outputs)) for node in nodes]


def _cannot_be_kept(others: list[Loopback]) -> str:
    if len(others) >= MOST_DEVICES:
        return f"there are {len(others)} virtual cameras, and v4l2loopback takes {MOST_DEVICES} at most"
    unsayable = [repr(loopback.label) for loopback in others if not sayable(loopback.label)]
    if unsayable:
        return f"loading v4l2loopback anew would rename {', '.join(unsayable)}"
    return ""


def _busy(facts: LinuxFacts) -> str:
    users = {node.path: facts.holders.get(node.path, ()) for node in facts.nodes if node.loopback}
    return "; ".join(f"{', '.join(programs)} has {path} open" for path, programs in users.items() if programs)


def _number(node: VideoNode) -> int:
    return int(Path(node.path).name.removeprefix("video"))
