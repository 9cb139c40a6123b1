"""A job for the guest: uses cameras and loopbacks as users do, and writes down what happened.

``$VM_OUT/facts.json`` gets one entry a step; the tests on the host judge them. A step that fails
leaves its traceback and the others go on. Producers are forked, because imports are slow here.
"""

import contextlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import pyvirtualcam

from tests.e2e.vm import pattern
from tests.e2e.vm.producer import produce
from tests.e2e.vm.steps import run_steps
from vcam.errors import VcamError
from vcam.platform.cameras import find_camera, list_cameras
from vcam.platform.linux import Abilities, holders, query_abilities, video_nodes
from vcam.platform.loopback import read_module
from vcam.platform.virtual_camera import find_virtual_camera
from vcam.sinks.virtual_camera import VirtualCameraSink
from vcam.sources.reconnecting import ReconnectingSource
from vcam.sources.webcam import Webcam

SIZE = (640, 480)
GAZECAM = "/dev/video10"
FORK = multiprocessing.get_context("fork")
VIVID_DRIVER = Path("/sys/bus/platform/drivers/vivid")


def devices() -> object:
    """What is found by name before anything runs."""
    module = read_module()
    return {
        "nodes": [node.name for node in video_nodes()],
        "cameras": [camera.name for camera in list_cameras()],
        "gazecam": find_virtual_camera().device,
        "module": {"loaded": module.loaded, "version": module.version, "restart_bug": module.restart_bug},
    }


def restarts() -> object:
    """Three runs, one after the other."""
    runs = []
    for _ in range(3):
        with producing("GazeCam") as producer, reading(GAZECAM) as reader:
            runs.append({"during": abilities(), "frames": read(reader, 4)})
            end(producer, signal.SIGTERM)
        runs[-1]["after"] = abilities()
    return runs


def killed() -> object:
    """SIGKILL while a reader is attached; the reader stays and sees the next producer."""
    with producing("GazeCam") as producer, reading(GAZECAM) as reader:
        before = read(reader, 3)
        end(producer, signal.SIGKILL)
        with producing("GazeCam", first=2000):
            return {"before": before, "after": read_until(reader, lambda number: number >= 2000)}


def last_picture() -> object:
    """What a reader is left with when the producer ends properly."""
    with producing("GazeCam") as producer, reading(GAZECAM) as reader:
        read(reader, 2)
        end(producer, signal.SIGTERM)
        image = None
        while cv2.VideoCapture.waitAny([reader], int(1e9))[0] and reader.grab():
            image = reader.retrieve()[1]
        return None if image is None else [int(image.min()), int(image.max())]


def other_size() -> object:
    """A reader holds 640x480 while a producer comes back with 1280x720."""
    with producing("GazeCam") as producer, reading(GAZECAM) as reader:
        read(reader, 2)
        end(producer, signal.SIGTERM)
        return refusal(lambda: VirtualCameraSink(GAZECAM, "v4l2loopback", (1280, 720), 15).close())


def without_keeper() -> object:
    """pyvirtualcam as it comes, twice: why our own backend exists."""
    width, height = SIZE
    theirs = {"device": "/dev/video12", "backend": "v4l2loopback"}
    with pyvirtualcam.Camera(width, height, 15, **theirs) as camera:
        camera.send(pattern.draw(0, SIZE))
    try:
        pyvirtualcam.Camera(width, height, 15, **theirs).close()
        second = "started"
    except RuntimeError as error:
        second = str(error)
    return {"second": second, "ours": refusal(lambda: find_virtual_camera("Bare"))}


def webcam() -> object:
    """A camera chosen by part of its name, read, and then silent."""
    with producing("Webcam") as producer:
        camera = find_camera("webc")
        source = Webcam(camera.device, SIZE, stall_s=1.5)
        frames = [source.read() for _ in range(4)]
        ages = [time.perf_counter() - frames[-1].captured_at, frames[-1].captured_at - frames[0].captured_at]
        os.kill(producer.pid or 0, signal.SIGSTOP)
        since = time.perf_counter()
        silent = refusal(lambda: [source.read() for _ in range(20)])
        waited_s = time.perf_counter() - since
        os.kill(producer.pid or 0, signal.SIGCONT)
        users = holders(str(camera.device))
        source.close()
        source.close()
        closed = refusal(source.read)
    return {
        "name": camera.name,
        "virtual": camera.virtual,
        "size": source.size,
        "frames": [[pattern.read_number(frame.image), pattern.difference(frame.image)] for frame in frames],
        "age_s": ages[0],
        "span_s": ages[1],
        "silent": silent,
        "waited_s": waited_s,
        "users": users,
        "closed": closed,
    }


def choices() -> object:
    """Which camera is taken unasked, and that our own output is refused while it runs."""
    with producing("GazeCam"):
        listed = [camera.name for camera in list_cameras()]
        return {
            "listed": listed,
            "unasked": find_camera(None).name,
            "own": refusal(lambda: find_camera("GazeCam")),
            "second_producer": refusal(find_virtual_camera),
        }


def held() -> object:
    """A second program wants a camera that serves one at a time."""
    device = find_camera(None).device
    first = Webcam(device, SIZE)
    first.read()
    second = refusal(lambda: Webcam(device, SIZE).close())
    frame = first.read()
    first.close()
    return {"second": second, "first_goes_on": frame.index}


def unplugged() -> object:
    """The camera goes and comes back; unbinding its driver is what pulling the plug does to a program."""
    source = ReconnectingSource(lambda: Webcam(find_camera(None).device, SIZE))
    frames = [source.read() for _ in range(3)]
    (VIVID_DRIVER / "unbind").write_text("vivid.0")
    gone = refusal(lambda: find_camera(None))
    back = threading.Timer(1.0, lambda: (VIVID_DRIVER / "bind").write_text("vivid.0"))
    back.start()
    frames += [source.read() for _ in range(3)]
    source.close()
    back.join()
    return {"gone": gone, "indices": [frame.index for frame in frames if frame], "end": source.read()}


def forbidden() -> object:
    """What somebody outside the group "video" is told."""
    answers = FORK.SimpleQueue()

    def ask() -> None:
        os.setgroups([])
        os.setuid(65534)
        answers.put(
            [
                refusal(find_virtual_camera),
                refusal(lambda: find_camera(None)),
                refusal(lambda: Webcam(GAZECAM)),
            ]
        )

    process = FORK.Process(target=ask)
    process.start()
    process.join(60)
    return answers.get()


@contextlib.contextmanager
def producing(label: str, first: int = 0) -> Iterator[multiprocessing.process.BaseProcess]:
    """A forked producer that has sent its first picture."""
    process = FORK.Process(target=produce, args=(label, SIZE), kwargs={"first": first})
    path = next(node.path for node in video_nodes() if node.name == label)
    process.start()
    try:
        wait_for(lambda: query_abilities(path).captures and not query_abilities(path).outputs, process)
        yield process
    finally:
        end(process, signal.SIGTERM)


@contextlib.contextmanager
def reading(path: str) -> Iterator[cv2.VideoCapture]:
    """Another program's view of the device."""
    capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
    try:
        yield capture
    finally:
        capture.release()


def end(process: multiprocessing.process.BaseProcess, how: signal.Signals) -> None:
    """Signal the process if it lives, and wait for its end."""
    if process.is_alive():
        os.kill(process.pid or 0, how)
    process.join(30)


def wait_for(condition: Callable[[], bool], process: multiprocessing.process.BaseProcess) -> None:
    """Poll until ``condition`` holds; the kernel offers nothing to wait on."""
    deadline = time.perf_counter() + 30
    while not condition():
        if not process.is_alive() or time.perf_counter() > deadline:
            raise RuntimeError(f"the producer did not start (exit code {process.exitcode})")
        time.sleep(0.02)


def read(capture: cv2.VideoCapture, count: int) -> list[list[float]]:
    """[number, mean difference] of the next pictures."""
    images = [capture.read()[1] for _ in range(count)]
    return [[pattern.read_number(image), pattern.difference(image)] for image in images]


def read_until(capture: cv2.VideoCapture, wanted: Callable[[int], bool]) -> list[float]:
    """The first picture with a wanted number, among the next hundred."""
    for _ in range(100):
        [[number, apart]] = read(capture, 1)
        if wanted(int(number)):
            return [number, apart]
    raise RuntimeError(f"none of 100 pictures is the one waited for; the last was {number}")


def abilities() -> list[bool]:
    """[captures, outputs] of GazeCam now."""
    now: Abilities = query_abilities(GAZECAM)
    return [now.captures, now.outputs]


def refusal(action: Callable[[], object]) -> str:
    """The error a user would read, or "no error"."""
    try:
        action()
    except VcamError as error:
        return f"{type(error).__name__}: {error}"
    return "no error"


def main() -> None:
    """Run every step and write the facts."""
    steps = (
        devices,
        restarts,
        killed,
        last_picture,
        other_size,
        without_keeper,
        webcam,
        choices,
        held,
        unplugged,
        forbidden,
    )
    run_steps(steps)


if __name__ == "__main__":
    main()
