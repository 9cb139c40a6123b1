"""Sends numbered pictures to the loopback with a given label until it is told to stop."""

import argparse
import itertools
import signal
import threading
import time

from tests.e2e.vm import pattern
from vcam.platform.virtual_camera import find_virtual_camera
from vcam.sinks.virtual_camera import VirtualCameraSink
from vcam.types import Frame


def produce(label: str, size: tuple[int, int], *, first: int = 0, fps: float = 15.0) -> None:
    """Run until SIGTERM, then leave as the product does: through ``close``."""
    stop = threading.Event()
    for order in (signal.SIGTERM, signal.SIGINT):
        signal.signal(order, lambda *_: stop.set())
    device = find_virtual_camera(label)
    sink = VirtualCameraSink(device.device, device.backend, size, fps)
    try:
        for number in itertools.count(first):
            if stop.wait(1 / fps):
                return
            sink.send(Frame(number, time.perf_counter(), pattern.draw(number, size)))
    finally:
        sink.close()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("label")
    arguments.add_argument("width", type=int)
    arguments.add_argument("height", type=int)
    options = arguments.parse_args()
    produce(options.label, (options.width, options.height))
