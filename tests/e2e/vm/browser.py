"""A job for the guest: what a web page sees of the virtual camera while a producer runs.

    browser.py LABEL FRAMES PRODUCER [ARGUMENT ...]

Starts the producer command, waits until the device ``LABEL`` delivers pictures, opens ``page.html`` in
headless Chromium and stores what the page reports in ``$VM_OUT``: ``labels.json`` and ``frame-N.png``.
Exits with 0 when the page got all its frames.
"""

import http.server
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import ClassVar

from vcam.platform.linux import video_nodes

PAGE = Path(__file__).with_name("page.html")
BROWSER = "chromium-headless-shell"
SWITCHES = (
    "--no-sandbox",  # the guest has one user, root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-ui-for-media-stream",  # answers the permission question, leaves the devices real
)
START_S, WATCH_S = 300, 300


class Reports(http.server.BaseHTTPRequestHandler):
    """Serves the page and keeps what it posts."""

    out: ClassVar[Path] = Path(os.environ["VM_OUT"])
    ended: ClassVar[threading.Event] = threading.Event()
    failure: ClassVar[list[str]] = []
    frames: ClassVar[int] = 0

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.read_bytes())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        match self.path:
            case "/labels":
                print("page: cameras", body.decode(), flush=True)
                (self.out / "labels.json").write_bytes(body)
            case "/frame":
                (self.out / f"frame-{Reports.frames}.png").write_bytes(body)
                Reports.frames += 1
                print("page: frame", Reports.frames, flush=True)
            case _:
                self.failure.extend([body.decode()] if body else [])
                self.ended.set()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the console for what matters."""


def main(label: str, frames: str, producer: list[str]) -> int:
    """Run the producer and the browser; 0 when the page got its frames."""
    # The browser goes first: its start-up timers run in real time, the emulated processor does not.
    sending = subprocess.Popen(["nice", *producer])
    try:
        wait_for_pictures(label, sending)
        watch(label, frames)
    finally:
        sending.send_signal(signal.SIGINT)
        print("producer: exit status", sending.wait(60), flush=True)
    print("page:", Reports.failure or "ended", flush=True)
    return 0 if Reports.ended.is_set() and not Reports.failure else 1


def wait_for_pictures(label: str, producer: subprocess.Popen[bytes]) -> None:
    """Poll until the device announces capture: the kernel offers nothing to wait on."""
    deadline = time.monotonic() + START_S
    while not any(node.name == label and node.captures for node in video_nodes()):
        if producer.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"{label} delivers nothing after {START_S} s, or the producer ended")
        time.sleep(0.2)


def watch(label: str, frames: str) -> None:
    """Show the page to the browser until it reports its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reports)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/?label={label}&frames={frames}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [BROWSER, *SWITCHES, f"--user-data-dir={profile}", "--remote-debugging-port=0", address]
        # Debian's command is a shell script around the browser: end its whole group.
        browser = subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True)
        Reports.ended.wait(WATCH_S)
        os.killpg(browser.pid, signal.SIGKILL)
        browser.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
