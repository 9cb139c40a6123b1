"""A program that reads the PipeWire camera: GStreamer's own source, as GNOME's camera programs use it."""

import os
import selectors
import signal
import subprocess
import time
from types import TracebackType

import numpy as np

from tests.e2e.pipewire.session import Session, end
from vcam.types import Image

READ_S = 30.0


class Reader:
    """Takes BGR pictures of one size from the node ``gazecam``; a context manager."""

    def __init__(self, session: Session, size: tuple[int, int]) -> None:
        width, height = size
        self._shape = height, width, 3
        # sync=false: pictures as they come, and not when their time stamp says
        elements = (
            "pipewiresrc target-object=gazecam ! videoconvert !"
            f" video/x-raw,format=BGR,width={width},height={height} ! fdsink fd=1 sync=false"
        )
        self._program = subprocess.Popen(
            ["gst-launch-1.0", "-q", *elements.split()],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=session.environment, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> "Reader":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._program)
        for pipe in (self._program.stdout, self._program.stderr):
            assert pipe
            pipe.close()

    def read(self) -> Image:
        """The next picture."""
        assert self._program.stdout
        wanted, got = int(np.prod(self._shape)), bytearray()
        deadline = time.monotonic() + READ_S
        with selectors.DefaultSelector() as ready:
            ready.register(self._program.stdout, selectors.EVENT_READ)
            while len(got) < wanted:
                left_s = deadline - time.monotonic()
                assert ready.select(max(0, left_s)), f"no picture came within {READ_S} s"
                some = os.read(self._program.stdout.fileno(), wanted - len(got))
                assert some, f"the reader ended: {self._errors()}"
                got += some
        return np.frombuffer(bytes(got), np.uint8).reshape(self._shape)

    def signal(self, order: signal.Signals) -> None:
        """Send a signal to the reader."""
        os.killpg(self._program.pid, order)

    def _errors(self) -> str:
        assert self._program.stderr
        return self._program.stderr.read().decode(errors="replace")
