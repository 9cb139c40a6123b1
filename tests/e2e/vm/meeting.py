"""A headless Chromium that stays open as a meeting does, and looks at cameras when it is told to."""

import http.server
import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any, ClassVar

from tests.e2e.vm.browser import BROWSER, SWITCHES

PAGE = Path(__file__).with_name("orders.html")
ANSWER_S = 300.0


class MeetingFailed(Exception):
    """The page could not do what it was told; the message is its own."""


class _Desk(http.server.BaseHTTPRequestHandler):
    """Where the page fetches its orders and leaves its answers."""

    orders: ClassVar["queue.Queue[list[str]]"] = queue.Queue()
    answers: ClassVar["queue.Queue[bytes]"] = queue.Queue()

    def do_GET(self) -> None:
        body = json.dumps(self.orders.get()).encode() if self.path == "/order" else PAGE.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.answers.put(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the console for what matters."""


class Meeting:
    """One browser with one page, from ``__init__`` to ``end``."""

    def __init__(self) -> None:
        """Open the browser; ``ready`` waits for its page, which needs any camera to be there."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Desk)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        address = f"http://127.0.0.1:{server.server_port}/"
        command = [BROWSER, *SWITCHES, f"--user-data-dir={self._profile.name}", "--remote-debugging-port=0"]
        # Debian's command is a shell script around the browser: end its whole group.
        self._browser = subprocess.Popen(
            [*command, address], stderr=subprocess.DEVNULL, start_new_session=True
        )

    def ready(self) -> None:
        """Wait until the page takes orders."""
        self._answer()

    def labels(self) -> list[str]:
        """Names of the cameras that the page is offered now."""
        return json.loads(self._ask("labels"))

    def open(self, label: str) -> None:
        """Choose a camera."""
        self._ask("open", label)

    def frame(self, path: Path) -> None:
        """Store the next picture of the chosen camera as PNG."""
        path.write_bytes(self._ask("frame"))

    def close(self) -> None:
        """Let the camera go."""
        self._ask("close")

    def end(self) -> None:
        """Close the browser."""
        os.killpg(self._browser.pid, signal.SIGKILL)
        self._browser.wait()
        self._profile.cleanup()

    def _ask(self, *words: Any) -> bytes:
        _Desk.orders.put([str(word) for word in words])
        return self._answer()

    def _answer(self) -> bytes:
        answer = _Desk.answers.get(timeout=ANSWER_S)
        if answer.startswith(b"error: "):
            raise MeetingFailed(answer.decode())
        return answer
