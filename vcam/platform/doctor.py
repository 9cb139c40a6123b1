"""What works on this machine, and the one fix for what does not."""

import importlib
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from engines import zoo_path
from vcam.errors import SourceUnavailable, VcamError
from vcam.model import MODELS, Task, open_model
from vcam.platform import checks, linux, loopback
from vcam.platform.cameras import OWN_NAME, list_cameras
from vcam.platform.checks import Check
from vcam.platform.virtual_camera import locate_virtual_camera

REQUIRED_MODULES = ("av", "cv2", "mediapipe", "numpy", "onnxruntime", "platformdirs", "pyvirtualcam")


def run_checks() -> list[Check]:
    """Look at everything live mode needs; takes about 2 s, because it imports the packages."""
    return [
        checks.check_python(sys.version_info[:2]),
        checks.check_imports(_import_failures()),
        checks.check_duplicates(_installed()),
        checks.check_mediapipe(_version("mediapipe"), _package_folder("mediapipe")),
        checks.check_onnxruntime(_providers()),
        checks.check_models({name: _model_problem(name, task) for name, task in MODELS.items()}),
        _camera(),
        checks.check_virtual_camera(locate_virtual_camera(OWN_NAME)),
        *(_linux() if sys.platform == "linux" else []),
    ]


def live_mode_ready(findings: Sequence[Check]) -> bool:
    """Whether ``run`` can read a camera and send to the virtual one."""
    return all(check.status != "fail" for check in findings)


def _linux() -> list[Check]:
    module = loopback.read_module()
    findings = [checks.check_display(os.environ)]
    if module.loaded:
        findings.append(checks.check_loopback(module, linux.video_nodes(), OWN_NAME))
    return findings


def _camera() -> Check:
    try:
        cameras = list_cameras()
    except SourceUnavailable as error:
        return Check("camera", "fail", str(error), "choose it by number: --source camera:0")
    if sys.platform != "linux":
        return checks.check_camera(cameras)
    closed = [node.path for node in linux.video_nodes() if isinstance(node.problem, PermissionError)]
    users = {str(camera.device): linux.holders(str(camera.device)) for camera in cameras}
    return checks.check_camera(cameras, closed, users)


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
