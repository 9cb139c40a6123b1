"""A job for the guest: live mode as a person meets it over a day, with a browser that sits in a meeting.

    live_contract.py STILL.png EYES.png

A loopback "Webcam", fed with the picture, is the camera; ``EYES.png`` is white where the eyes are. The real
program is started by its command line. What a fresh machine would have to install first comes from the host:
Python, GazeCam with its packages, the browser, and the compiled kernel module. ``$VM_OUT/facts.json`` gets
one entry a step, as in ``camera_contract``, and pictures are kept as ``STEP.png``. Seconds are an emulated
processor's.
"""

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.e2e.vm.jobs import FACE_SIZE, PROJECT, PYTHON, live_product
from tests.e2e.vm.meeting import Meeting
from tests.e2e.vm.steps import run_steps
from vcam.platform.linux import openers, query_abilities
from vcam.platform.virtual_camera import find_virtual_camera
from vcam.sinks.virtual_camera import VirtualCameraSink
from vcam.types import Frame

GAZECAM, WEBCAM = "/dev/video42", "/dev/video11"
OUT = Path(os.environ["VM_OUT"])
STILL, EYES = cv2.imread(sys.argv[1]), cv2.imread(sys.argv[2], cv2.IMREAD_GRAYSCALE) > 0
FORK = multiprocessing.get_context("fork")
FEED_FPS = 3
PATIENCE_S = 300.0
# Of 255, mean over the eyes: the way through two loopbacks costs 1 at most, the correction is 5.
CORRECTED_FROM = 2.0
PLACEHOLDER_FROM = 20.0
BUFFERED = 8
"""More pictures than a reader's buffers hold: what comes after them, the second start has sent."""
TICKS_S = os.sysconf("SC_CLK_TCK")


class Scene:
    """The camera, GazeCam and the browser, which the steps share."""

    meeting: Meeting
    feeder: BaseProcess
    product: "subprocess.Popen[str]"


def feed() -> None:
    """Send the picture to the loopback until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    device = find_virtual_camera("Webcam")
    sink = VirtualCameraSink(device.device, device.backend, FACE_SIZE, FEED_FPS)
    for index in range(1_000_000):
        sink.send(Frame(index, time.perf_counter(), STILL))
        time.sleep(1 / FEED_FPS)


def plug_in() -> BaseProcess:
    """The camera, once it delivers."""
    feeder = FORK.Process(target=feed, daemon=True)
    feeder.start()
    until(lambda: query_abilities(WEBCAM).captures, "the camera delivers")
    return feeder


def start() -> "subprocess.Popen[str]":
    """The real program, once it is listed as a camera."""
    product = subprocess.Popen(live_product(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    until(listed, "GazeCam is listed", product)
    return product


def listed() -> bool:
    """Whether programs take the device for a camera: after a kill it announces both ways for a while."""
    abilities = query_abilities(GAZECAM)
    return abilities.captures and not abilities.outputs


def from_nothing() -> object:
    """The first of the two commands between a machine with the packages and a corrected picture."""
    since = time.perf_counter()
    command = [*PYTHON, str(PROJECT / "run_vcam.py"), "setup-device", "--yes"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False
    )
    took_s = time.perf_counter() - since
    return {"code": done.returncode, "said": done.stdout + done.stderr, "took_s": took_s}


def single_start() -> object:
    """Started once, with nobody reading: listed, and the camera closed."""
    Scene.feeder = plug_in()
    Scene.meeting = Meeting()
    since = time.perf_counter()
    Scene.product = start()
    listed_s = time.perf_counter() - since
    Scene.meeting.ready()
    return {"labels": Scene.meeting.labels(), "listed_s": listed_s}


def at_rest() -> object:
    """Nobody reads: who has the camera open, and what GazeCam costs meanwhile."""
    until(lambda: not held_by_gazecam(), "the camera is closed")
    return {"holders": camera_users(), "cpu": cpu_share(8.0)}


def on_demand() -> object:
    """A reader arrives, gets corrected frames, and leaves."""
    since = time.perf_counter()
    reader = cv2.VideoCapture(GAZECAM, cv2.CAP_V4L2)
    seen: list[tuple[str, float]] = []
    opened_s = None
    while not seen or seen[-1][0] != "corrected":
        image = next_image(reader)
        if opened_s is None and held_by_gazecam():
            opened_s = time.perf_counter() - since
        kind = judge(image)
        if not seen or seen[-1][0] != kind:
            seen.append((kind, time.perf_counter() - since))
    cv2.imwrite(str(OUT / "on_demand.png"), image)
    work = cpu_share(4.0, reader)
    reader.release()
    since = time.perf_counter()
    until(lambda: not held_by_gazecam(), "the camera is closed")
    closed_s = time.perf_counter() - since
    return {"seen": seen, "opened_s": opened_s, "closed_s": closed_s, "cpu": work, "holders": camera_users()}


def second_start() -> object:
    """Started twice: the second one says so and ends, the first goes on."""
    second = subprocess.run(
        live_product(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False
    )
    alive = Scene.product.poll() is None
    return {
        "code": second.returncode,
        "said": second.stdout,
        "alive": alive,
        "labels": Scene.meeting.labels(),
    }


def unplugged() -> object:
    """The camera goes and comes back in a call; the page keeps its camera."""
    Scene.meeting.open("GazeCam")
    before = watch_until("corrected", "unplugged_before")
    Scene.feeder.terminate()
    Scene.feeder.join(20)
    during = watch_until("placeholder", "unplugged_during")
    labels = Scene.meeting.labels()
    Scene.feeder = plug_in()
    after = watch_until("corrected", "unplugged_after")
    return {"before": before, "during": during, "labels": labels, "after": after}


def killed() -> object:
    """SIGKILL while a program reads; the next start reaches that reader, and the page.

    The reader is not the page: Chromium gives a camera up that is silent for ten seconds, less than an
    emulated start takes.
    """
    Scene.meeting.close()
    reader = cv2.VideoCapture(GAZECAM, cv2.CAP_V4L2)
    next_image(reader)
    Scene.product.kill()
    code = Scene.product.wait(30)
    Scene.product = start()
    for _ in range(BUFFERED):
        next_image(reader)
    seen, image = [], STILL
    deadline = time.monotonic() + PATIENCE_S
    while "corrected" not in seen and time.monotonic() < deadline:
        image = next_image(reader)
        kind = judge(image)
        seen += [kind] if not seen or seen[-1] != kind else []
    cv2.imwrite(str(OUT / "killed_after.png"), image)
    reader.release()
    labels = Scene.meeting.labels()
    Scene.meeting.open("GazeCam")
    after = watch_until("corrected", "killed_page")
    Scene.meeting.close()
    return {"code": code, "seen": seen, "labels": labels, "after": after}


def restarted() -> object:
    """Ended properly and started again."""
    Scene.product.send_signal(signal.SIGINT)
    code = Scene.product.wait(60)
    until(lambda: not listed(), "GazeCam is gone")
    gone = Scene.meeting.labels()
    Scene.product = start()
    labels = Scene.meeting.labels()
    Scene.meeting.open("GazeCam")
    seen = watch_until("corrected", "restarted")
    Scene.meeting.close()
    Scene.product.send_signal(signal.SIGINT)
    return {"code": code, "gone": gone, "labels": labels, "seen": seen, "last": Scene.product.wait(60)}


def watch_until(kind: str, name: str) -> list[str]:
    """Pictures as the page got them, by kind, until ``kind`` comes, which is stored."""
    seen: list[str] = []
    path, deadline = OUT / f"{name}.png", time.monotonic() + PATIENCE_S
    while not seen or seen[-1] != kind:
        if time.monotonic() > deadline:
            raise TimeoutError(f"no {kind} picture; the page saw {seen}")
        Scene.meeting.frame(path)
        found = judge(cv2.imread(str(path)))
        seen += [found] if not seen or seen[-1] != found else []
    return seen


def judge(image: NDArray[np.uint8]) -> str:
    """What a picture that came out of GazeCam is: corrected, as the camera saw it, or a stand-in."""
    apart = np.abs(image.astype(np.int16) - STILL).mean(axis=2)
    if apart[~EYES].mean() > PLACEHOLDER_FROM:
        return "placeholder"
    return "corrected" if apart[EYES].mean() > CORRECTED_FROM else "passed"


def next_image(reader: cv2.VideoCapture) -> NDArray[np.uint8]:
    """The reader's next picture."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        taken, image = reader.read()
        if taken:
            return image
    raise TimeoutError("the reader gets no pictures")


def cpu_share(span_s: float, reader: cv2.VideoCapture | None = None) -> float:
    """Share of one processor that GazeCam uses, over a while in which the reader, if any, reads on."""
    before, since = cpu_s(), time.perf_counter()
    while (passed_s := time.perf_counter() - since) < span_s:
        if reader is None:
            time.sleep(span_s - passed_s)
        else:
            next_image(reader)
    return (cpu_s() - before) / (time.perf_counter() - since)


def cpu_s() -> float:
    """Processor time that GazeCam has used."""
    fields = Path(f"/proc/{Scene.product.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_S


def camera_users() -> list[str]:
    """Who has the camera open, by part."""
    names = {Scene.product.pid: "gazecam", Scene.feeder.pid: "feeder", os.getpid(): "job"}
    return sorted(names.get(pid, "browser") for pid in openers(WEBCAM))


def held_by_gazecam() -> bool:
    return Scene.product.pid in openers(WEBCAM)


def until(condition: Callable[[], bool], what: str, product: "subprocess.Popen[str] | None" = None) -> None:
    """Poll until ``condition`` holds; the kernel offers nothing to wait on."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline or (product is not None and product.poll() is not None):
            raise TimeoutError(f"it does not come to this: {what}")
        time.sleep(0.05)


STEPS = (from_nothing, single_start, at_rest, on_demand, second_start, unplugged, killed, restarted)

if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        run_steps(STEPS)
