"""What ``doctor`` judges: each check gets its facts as arguments and returns one line with one fix."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from vcam.platform.cameras import Camera
from vcam.platform.virtual_device import Problem, VirtualDevice

PYTHON_FROM, PYTHON_BELOW = (3, 11), (3, 13)
MEDIAPIPE_VERSION = "0.10.21"
MEDIAPIPE_MODELS = (
    "modules/face_detection/face_detection_short_range.tflite",
    "modules/face_landmark/face_landmark_with_attention.tflite",
)
# Packages that put their files in the same place, so that the one installed last wins unseen.
SAME_FILES = (
    ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"),
    ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino"),
)
_REINSTALL = "uv sync --reinstall"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding; ``fix`` is empty where nothing is to be done."""

    name: str
    status: Literal["ok", "warn", "fail"]
    message: str
    fix: str = ""


def check_python(version: tuple[int, int]) -> Check:
    """The versions that every dependency has a wheel for."""
    text = ".".join(map(str, version))
    if PYTHON_FROM <= version < PYTHON_BELOW:
        return Check("python", "ok", f"Python {text}")
    return Check("python", "fail", f"Python {text}; GazeCam runs on 3.11 and 3.12", "uv python install 3.12")


def check_imports(failures: Mapping[str, str]) -> Check:
    """``failures``: module name to the message of its ImportError."""
    if not failures:
        return Check("packages", "ok", "every required package imports")
    reasons = "; ".join(f"{name}: {reason}" for name, reason in failures.items())
    # OpenCV's wheel leans on a system library that desktops have and servers do not.
    fix = "sudo apt install libgl1 libglib2.0-0" if "libGL" in reasons else _REINSTALL
    return Check("packages", "fail", f"cannot import {reasons}", fix)


def check_duplicates(installed: Collection[str]) -> Check:
    """``installed``: names of the installed distributions."""
    for group in SAME_FILES:
        together = [name for name in group if name in installed]
        if len(together) > 1:
            message = f"{' and '.join(together)} overwrite each other's files"
            remove = f"uv pip uninstall {' '.join(together)} && uv pip install {together[0]}"
            return Check("duplicates", "fail", message, remove)
    return Check("duplicates", "ok", "no two packages share their files")


def check_mediapipe(version: str | None, folder: Path | None) -> Check:
    """The tracker's models come inside one release's wheel; ``folder`` is the installed package."""
    if version is None or folder is None:
        return Check("mediapipe", "fail", "MediaPipe is not installed", _REINSTALL)
    missing = [model for model in MEDIAPIPE_MODELS if not (folder / model).is_file()]
    if missing:
        message = f"MediaPipe {version} in {folder} lacks {', '.join(missing)}"
        return Check(
            "mediapipe", "fail", message, f"uv pip install --reinstall mediapipe=={MEDIAPIPE_VERSION}"
        )
    if version != MEDIAPIPE_VERSION:
        message = f"MediaPipe {version}; tested with {MEDIAPIPE_VERSION}"
        return Check("mediapipe", "warn", message, f"uv pip install mediapipe=={MEDIAPIPE_VERSION}")
    return Check("mediapipe", "ok", f"MediaPipe {version} with its models")


def check_onnxruntime(providers: Sequence[str]) -> Check:
    """``providers``: what ONNX Runtime offers, the empty list where it does not import."""
    if "CPUExecutionProvider" in providers:
        return Check("onnxruntime", "ok", f"ONNX Runtime with {', '.join(providers)}")
    return Check("onnxruntime", "fail", "ONNX Runtime offers no CPU provider", _REINSTALL)


def check_models(problems: Mapping[str, str]) -> Check:
    """``problems``: each learned model that comes with GazeCam and why it does not run, or an empty text."""
    broken = [f"{name}: {reason}" for name, reason in problems.items() if reason]
    if broken:
        message = f"geometry takes the place of {len(broken)} learned model(s): {'; '.join(broken)}"
        return Check("models", "warn", message, _REINSTALL)
    return Check("models", "ok", f"{' and '.join(problems)} have the right digests and run")


def check_camera(
    cameras: Sequence[Camera],
    closed: Sequence[str] = (),
    users: Mapping[str, Sequence[str]] | None = None,
    own: Sequence[str] = (),
) -> Check:
    """Every real camera and who holds it.

    ``closed``: devices this user may not open; ``users``: device to programs that have it open; ``own``:
    programs that are GazeCam itself.
    """
    real = [camera for camera in cameras if not camera.virtual]
    if not real and closed:
        message = f"no permission to open {', '.join(closed)}"
        return Check("camera", "fail", message, "sudo usermod -aG video $USER, then log out and in again")
    if not real:
        return Check("camera", "fail", "no camera found", "connect one, or run with --source demo or a video")
    held = {camera.device: list((users or {}).get(str(camera.device), ())) for camera in real}
    message = "; ".join(_camera_line(camera, held[camera.device], own) for camera in real)
    others = [program for program in held[real[0].device] if program not in own]
    if others:
        message += "; most cameras serve one program at a time"
        return Check("camera", "warn", message, f"close {others[0]}")
    return Check("camera", "ok", message)


def _camera_line(camera: Camera, programs: Sequence[str], own: Sequence[str]) -> str:
    if not programs:
        return f"{camera.name} ({camera.device})"
    users = ["GazeCam" if program in own else program for program in programs]
    return f"{camera.name} ({camera.device}), open in {', '.join(dict.fromkeys(users))}"


def check_virtual_camera(found: VirtualDevice | Problem, *, needed: bool = True) -> Check:
    """What the search for a device to send to came back with; not ``needed`` by another sink."""
    if isinstance(found, Problem):
        return Check("virtual camera", "fail" if needed else "warn", found.message, found.fix)
    return Check("virtual camera", "ok", f"{found.name} ({found.device}, {found.backend})")
