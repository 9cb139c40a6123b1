"""What works on this machine, and the one fix for what does not."""

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from engines import zoo_path
from vcam.errors import SourceUnavailable, VcamError
from vcam.model import MODELS, Task, open_model
from vcam.platform import checks, checks_browsers, checks_desktop, checks_linux, linux
from vcam.platform.browser_profiles import read_browsers
from vcam.platform.cameras import OWN_NAME, list_cameras
from vcam.platform.checks import Check
from vcam.platform.desktop_facts import read_desktop
from vcam.platform.instance import is_running
from vcam.platform.linux import VideoNode
from vcam.platform.pipewire_state import read_pipewire
from vcam.platform.setup.facts import read_facts
from vcam.platform.setup.linux import LinuxFacts, plan_setup
from vcam.platform.virtual_camera import locate_virtual_camera
from vcam.platform.virtual_device import Problem, VirtualDevice

REQUIRED_MODULES = ("av", "cv2", "mediapipe", "numpy", "onnxruntime", "platformdirs", "pyvirtualcam")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for, as far as it decides what is judged."""

    sink: str = "virtual"
    hotkey: str = ""
    settings_problem: str | None = None
    """Why the settings file could not be used."""


def run_checks(wanted: Wanted | None = None) -> list[Check]:
    """Look at everything live mode needs; takes about 2 s, because it imports the packages."""
    wanted = wanted or Wanted()
    facts = _linux_facts()
    return [
        checks.check_python(sys.version_info[:2]),
        checks.check_imports(_import_failures()),
        checks.check_duplicates(_installed()),
        checks.check_mediapipe(_version("mediapipe"), _package_folder("mediapipe")),
        checks.check_onnxruntime(_providers()),
        checks.check_models({name: _model_problem(name, task) for name, task in MODELS.items()}),
        _camera(facts),
        checks.check_virtual_camera(_virtual_camera(facts), needed=wanted.sink == "virtual"),
        *(_linux(facts, wanted) if facts is not None else []),
        *_desktop(wanted),
    ]


def live_mode_ready(findings: Sequence[Check]) -> bool:
    """Whether ``run`` can read a camera and send to the virtual one."""
    return all(check.status != "fail" for check in findings)


def _linux_facts() -> LinuxFacts | None:
    return read_facts() if sys.platform == "linux" else None


def _linux(facts: LinuxFacts, wanted: Wanted) -> list[Check]:
    machine, module = facts.machine, facts.module
    to_pipewire = wanted.sink == "pipewire"
    pipewire, sending = read_pipewire(), _sending(facts) is not None
    findings = [checks_linux.check_secure_boot(machine, module)]
    if module.loaded:
        version = machine.source_version
        findings.insert(0, checks_linux.check_loopback(module, facts.nodes, OWN_NAME, version))
    next_start = checks_linux.check_next_start(plan_setup(facts, OWN_NAME))
    findings += [] if next_start is None else [next_start]
    findings.append(checks_linux.check_pipewire(pipewire, OWN_NAME, sending=sending, needed=to_pipewire))
    findings += [
        checks_browsers.check_browser(profile, pipewire, OWN_NAME, sending=sending, to_pipewire=to_pipewire)
        for profile in read_browsers(Path.home())
    ]
    return findings


def _desktop(wanted: Wanted) -> list[Check]:
    facts = read_desktop()
    findings = [checks_desktop.check_display(facts), checks_desktop.check_desktop_extra(facts)]
    if facts.screen:
        findings += [checks_desktop.check_tray(facts), checks_desktop.check_hotkey(facts, wanted.hotkey)]
    return [*findings, checks_desktop.check_settings(wanted.settings_problem)]


def _camera(facts: LinuxFacts | None) -> Check:
    try:
        cameras = list_cameras()
    except SourceUnavailable as error:
        return Check("camera", "fail", str(error), "choose it by number: --source camera:0")
    if facts is None:
        return checks.check_camera(cameras)
    closed = [node.path for node in facts.nodes if isinstance(node.problem, PermissionError)]
    users = {str(camera.device): linux.holders(str(camera.device)) for camera in cameras}
    own = facts.holders.get(node.path, ()) if (node := _sending(facts)) and is_running() else ()
    return checks.check_camera(cameras, closed, users, own)


def _virtual_camera(facts: LinuxFacts | None) -> VirtualDevice | Problem:
    if facts is not None and (node := _sending(facts)) and is_running():  # as it should be, not in our way
        return VirtualDevice(OWN_NAME, node.path, "v4l2loopback")
    return locate_virtual_camera(OWN_NAME)


def _sending(facts: LinuxFacts) -> VideoNode | None:
    """Our device, if it delivers pictures now."""
    ours = (node for node in facts.nodes if node.name == OWN_NAME and node.loopback)
    return next((node for node in ours if node.captures), None)


def _import_failures() -> dict[str, str]:
    failures: dict[str, str] = {}
    for name in REQUIRED_MODULES:
        try:
            importlib.import_module(name)
        except ImportError as error:
            failures[name] = str(error)
    return failures


def _installed() -> set[str]:
    return {distribution.name.lower().replace("_", "-") for distribution in metadata.distributions()}


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _package_folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def _model_problem(name: str, task: Task) -> str:
    try:
        open_model(zoo_path(name), task, "auto").close()
    except VcamError as error:
        return str(error)
    return ""


def _providers() -> list[str]:
    try:
        import onnxruntime
    except ImportError:
        return []
    return onnxruntime.get_available_providers()
