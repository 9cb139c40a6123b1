import json
import subprocess
import sys
from pathlib import Path

import pytest

from vcam.platform import checks
from vcam.platform.cameras import Camera
from vcam.platform.checks import Check
from vcam.platform.doctor import live_mode_ready
from vcam.platform.virtual_device import Problem, VirtualDevice

LAPTOP = Camera("Laptop", "/dev/video0", virtual=False)
GAZECAM = Camera("GazeCam", "/dev/video10", virtual=True)


@pytest.mark.parametrize(
    ("version", "status"), [((3, 10), "fail"), ((3, 11), "ok"), ((3, 12), "ok"), ((3, 13), "fail")]
)
def test_python_is_judged_by_what_the_dependencies_support(version, status):
    assert checks.check_python(version).status == status


def test_a_package_that_does_not_import_is_named_with_its_reason():
    found = checks.check_imports({"av": "No module named 'av'"})
    assert (found.status, found.message) == ("fail", "cannot import av: No module named 'av'")


def test_a_server_without_libgl_is_told_to_install_it_not_to_reinstall():
    reason = "libGL.so.1: cannot open shared object file: No such file or directory"
    assert checks.check_imports({"cv2": reason}).fix.startswith("sudo apt install libgl1")


@pytest.mark.parametrize(
    "installed",
    [
        {"opencv-python", "opencv-contrib-python", "numpy"},
        {"opencv-python", "opencv-python-headless"},
        {"onnxruntime", "onnxruntime-gpu"},
    ],
)
def test_packages_that_overwrite_each_other_are_found(installed):
    found = checks.check_duplicates(installed)
    assert found.status == "fail"
    assert found.fix.startswith("uv pip uninstall ")


def test_one_opencv_and_one_runtime_are_fine():
    assert checks.check_duplicates({"opencv-python", "onnxruntime-gpu"}).status == "ok"


def test_learned_models_that_run_are_fine():
    found = checks.check_models({"cfgr_live": "", "gaze_runtime": ""})
    assert (found.status, found.message) == (
        "ok",
        "cfgr_live and gaze_runtime have the right digests and run",
    )


def test_a_learned_model_that_does_not_run_is_named_but_does_not_stop_live_mode():
    found = checks.check_models({"cfgr_live": "model.onnx: there is no such file", "gaze_runtime": ""})
    assert found.status == "warn"
    assert "cfgr_live: model.onnx: there is no such file" in found.message
    assert live_mode_ready([found])


def test_mediapipe_without_its_models_fails(tmp_path: Path):
    found = checks.check_mediapipe("0.10.21", tmp_path)
    assert found.status == "fail"
    assert "face_landmark_with_attention.tflite" in found.message


def test_another_mediapipe_with_models_is_a_warning(tmp_path: Path):
    for model in checks.MEDIAPIPE_MODELS:
        (tmp_path / model).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / model).touch()
    assert checks.check_mediapipe("0.10.14", tmp_path).status == "warn"
    assert checks.check_mediapipe(checks.MEDIAPIPE_VERSION, tmp_path).status == "ok"


def test_no_mediapipe_fails():
    assert checks.check_mediapipe(None, None).status == "fail"


def test_a_runtime_without_cpu_fails():
    assert checks.check_onnxruntime([]).status == "fail"
    assert checks.check_onnxruntime(["CUDAExecutionProvider", "CPUExecutionProvider"]).status == "ok"


def test_virtual_cameras_alone_are_no_camera():
    assert checks.check_camera([GAZECAM]).message == "no camera found"


def test_a_camera_without_permission_is_told_from_no_camera():
    found = checks.check_camera([], closed=["/dev/video0"])
    assert (found.status, found.message) == ("fail", "no permission to open /dev/video0")


def test_a_camera_in_use_names_the_program():
    found = checks.check_camera([LAPTOP], users={"/dev/video0": ["zoom (4242)"]})
    assert (found.status, found.fix) == ("warn", "close zoom (4242)")


def test_a_camera_in_use_by_gazecam_itself_is_as_it_should_be():
    found = checks.check_camera([LAPTOP], users={"/dev/video0": ["python (7)"]}, own=["python (7)"])
    assert (found.status, found.message) == ("ok", "Laptop (/dev/video0), open in GazeCam")


def test_every_camera_is_told_with_who_holds_it():
    second = Camera("Desk", "/dev/video2", virtual=False)
    found = checks.check_camera([LAPTOP, second], users={"/dev/video2": ["zoom (4242)"]})
    assert found == Check("camera", "ok", "Laptop (/dev/video0); Desk (/dev/video2), open in zoom (4242)")


def test_a_free_camera_is_fine():
    assert checks.check_camera([GAZECAM, LAPTOP], users={"/dev/video0": []}) == Check(
        "camera", "ok", "Laptop (/dev/video0)"
    )


def test_a_missing_device_does_not_stop_a_run_that_sends_elsewhere():
    assert checks.check_virtual_camera(Problem("none", "make one"), needed=False).status == "warn"


def test_a_problem_with_the_virtual_camera_keeps_its_fix():
    found = checks.check_virtual_camera(Problem("it is stuck", "reload it"))
    assert found == Check("virtual camera", "fail", "it is stuck", "reload it")
    assert (
        checks.check_virtual_camera(VirtualDevice("GazeCam", "/dev/video10", "v4l2loopback")).status == "ok"
    )


def test_live_mode_runs_with_warnings_and_not_with_a_failure():
    warning, failure = (
        Check("display", "warn", "none", "none"),
        Check("camera", "fail", "none", "connect one"),
    )
    assert live_mode_ready([warning])
    assert not live_mode_ready([warning, failure])


def test_on_this_machine_every_finding_but_the_good_ones_has_a_fix():
    # In a process of its own: the checks import every package, with whatever those print or warn of.
    program = (
        "import dataclasses, json\n"
        "from vcam.platform.doctor import run_checks\n"
        "print(json.dumps([dataclasses.asdict(check) for check in run_checks()]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=100, check=True
    )
    found = {check["name"]: check for check in json.loads(done.stdout.splitlines()[-1])}
    assert {
        "python",
        "packages",
        "duplicates",
        "mediapipe",
        "onnxruntime",
        "camera",
        "virtual camera",
    } <= found.keys()
    assert all(bool(check["fix"]) == (check["status"] != "ok") for check in found.values())
    assert [found[name]["status"] for name in ("python", "packages", "mediapipe", "onnxruntime")] == [
        "ok"
    ] * 4
    if not list(Path("/dev").glob("video*")) and sys.platform == "linux":
        assert found["camera"]["message"] == "no camera found"
        assert found["virtual camera"]["status"] == "fail"
