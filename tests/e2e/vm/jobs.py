"""The guest's jobs, as the host starts them."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.vm.machine import HERE, GuestRun, Kernel, run

PROJECT = HERE.parents[2]
PYTHON = ("env", f"PYTHONPATH={PROJECT}", sys.executable)
PATTERN_PRODUCER = (*PYTHON, str(HERE / "producer.py"), "GazeCam", "640", "480")
# One emulated correction takes seconds, which a user's camera must never be silent for: hold the
# stand-ins back, and go the whole way to the lens in the first frame.
PATIENCE = ("sink.pass_through_after_s=3000", "sink.placeholder_after_s=3000", "policy.max_step_deg=90")


FACE_SIZE = (640, 360)
# Silence of the camera is not to be waited out for as long as an emulated correction may take. Geometry
# alone, and few frames: the learned models are tried in the guest by ``product``, and cost it a minute each.
LIVE_PATIENCE = (
    "sink.pass_through_after_s=3000",
    "sink.placeholder_after_s=8",
    "policy.max_step_deg=90",
    "redirector=geometric",
    "estimator=geometric",
)


def product(source: Path) -> list[str]:
    """The command of the real program, from this file to GazeCam."""
    options = [word for setting in PATIENCE for word in ("--set", setting)]
    live = ["run", "--source", str(source), "--sink", "virtual", "--no-tray"]
    return [*PYTHON, str(PROJECT / "run_vcam.py"), *live, *options]


def live_product() -> list[str]:
    """The command of the real program, from the camera "Webcam" to GazeCam."""
    options = [word for setting in LIVE_PATIENCE for word in ("--set", setting)]
    width, height = FACE_SIZE
    live = [
        "run",
        "--source",
        "camera:Webcam",
        "--size",
        f"{width}x{height}",
        "--sink",
        "virtual",
        "--no-tray",
    ]
    return [*PYTHON, str(PROJECT / "run_vcam.py"), *live, *options]


def camera_contract(kernel: Kernel, out: Path) -> GuestRun:
    """Loopbacks and a camera used as users do; leaves ``facts.json``.

    The foreign loopback has the lowest number, so that whoever takes the first one is found out.
    """
    labels = "card_label=Foreign,GazeCam,Webcam,Bare"
    loopbacks = f"v4l2loopback devices=4 video_nr=3,10,11,12 {labels} exclusive_caps=1,1,1,1"
    camera = "vivid n_devs=1 vid_cap_nr=0 node_types=0x1 num_inputs=1 input_types=0"
    command = [*PYTHON, HERE / "camera_contract.py"]
    return run(kernel, command, out, modules=[loopbacks, camera], timeout_s=240)


def setup_contract(kernel: Kernel, out: Path) -> GuestRun:
    """Setting up the device, from a module that is installed and not loaded; leaves ``facts.json``."""
    return run(kernel, [*PYTHON, HERE / "setup_contract.py"], out, modules=[], timeout_s=240)


def live_contract(kernel: Kernel, out: Path, still: Path, eyes: Path) -> GuestRun:
    """Live mode over a day, with a browser in a meeting; leaves ``facts.json`` and pictures."""
    command = [*PYTHON, HERE / "live_contract.py", still, eyes]
    device = "v4l2loopback video_nr=11 card_label=Webcam exclusive_caps=1"
    return run(kernel, command, out, modules=[device], cores=2, memory_mib=3072, timeout_s=900)


def browse(kernel: Kernel, out: Path, producer: Sequence[str | Path], frames: int = 3) -> GuestRun:
    """Chromium's getUserMedia on GazeCam while ``producer`` runs; leaves ``labels.json``, ``frame-N.png``.

    The producer is any command that sends to GazeCam until SIGINT: the pattern, or the product itself.
    """
    command = [*PYTHON, HERE / "browser.py", "GazeCam", str(frames), *producer]
    device = "v4l2loopback card_label=GazeCam exclusive_caps=1"
    return run(kernel, command, out, modules=[device], cores=2, memory_mib=3072, timeout_s=660)
