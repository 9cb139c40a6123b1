"""What a web page gets of the PipeWire camera: Chromium, the portal and its permission, and a page."""

import http.server
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from tests.e2e.pipewire.session import Session, end
from vcam.types import Image

BROWSER = "chromium-headless-shell"
PORTAL = Path("/usr/libexec/xdg-desktop-portal")
PACKAGES = {
    BROWSER: BROWSER,
    "Xvfb": "xvfb",
    "dbus-send": "dbus-bin",
    str(PORTAL): "xdg-desktop-portal",
    "/usr/libexec/xdg-desktop-portal-gtk": "xdg-desktop-portal-gtk",
}
PAGE = Path(__file__).with_name("page.html")
SWITCHES = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--use-fake-ui-for-media-stream",  # answers the browser's own question, leaves the devices real
    "--enable-features=WebRtcPipeWireCamera",
)
WATCH_S = 90.0
_BUS, _BUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"


@dataclass
class Visit:
    """What the page reported."""

    labels: str = ""
    """JSON: the cameras' labels."""
    frames: list[Image] = field(default_factory=list)
    failure: str = ""
    ended: threading.Event = field(default_factory=threading.Event)


def visit(session: Session, label: str, frames: int) -> Visit:
    """Open the page in a browser and let it draw some frames of the camera ``label``."""
    seen = Visit()
    with _display(session), _served(seen) as address, tempfile.TemporaryDirectory() as profile:
        _allow_cameras(session)
        session.start(PORTAL)
        session.wait_for(lambda: _owns(session, "org.freedesktop.portal.Desktop"), "the portal")
        options = [f"--user-data-dir={profile}", "--remote-debugging-port=0"]
        browser = session.start(BROWSER, *SWITCHES, *options, f"{address}?label={label}&frames={frames}")
        try:
            assert seen.ended.wait(WATCH_S), f"the page has not ended:\n{session.log(BROWSER)[-3000:]}"
        finally:
            end(browser)
    return seen


@contextmanager
def _display(session: Session) -> Iterator[None]:
    """A screen: without one the portal does not run."""
    numbers = session.folder / "display"
    server = session.start("sh", "-c", f"exec Xvfb -displayfd 3 -nolisten tcp 3>{numbers}")
    session.wait_for(lambda: numbers.exists() and numbers.read_text().endswith("\n"), "the screen")
    screen = f":{numbers.read_text().strip()}"
    session.environment["DISPLAY"] = screen
    # the portal's helpers are started by the bus, which is older than the screen
    variable = f"dict:string:string:DISPLAY,{screen}"
    _call(session, _BUS, _BUS_PATH, f"{_BUS}.UpdateActivationEnvironment", variable)
    try:
        yield
    finally:
        end(server)


def _allow_cameras(session: Session) -> None:
    """Answer the portal's question beforehand; a program outside a sandbox has an empty name."""
    store = "org.freedesktop.impl.portal.PermissionStore"
    arguments = ["string:devices", "boolean:true", "string:camera", "string:", "array:string:yes"]
    _call(session, store, f"/{store.replace('.', '/')}", f"{store}.SetPermission", *arguments)


def _owns(session: Session, name: str) -> bool:
    return b"true" in _call(session, _BUS, _BUS_PATH, f"{_BUS}.NameHasOwner", f"string:{name}")


def _call(session: Session, destination: str, path: str, method: str, *arguments: str) -> bytes:
    words = ["dbus-send", "--session", "--print-reply", f"--dest={destination}", path, method, *arguments]
    done = subprocess.run(words, env=session.environment, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return done.stdout


@contextmanager
def _served(seen: Visit) -> Iterator[str]:
    """A server for the page, and for what it reports."""

    class Reports(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(PAGE.read_bytes())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            match self.path:
                case "/labels":
                    seen.labels = body.decode()
                case "/frame":
                    seen.frames.append(cv2.imdecode(np.frombuffer(body, np.uint8), cv2.IMREAD_COLOR))
                case _:
                    seen.failure = body.decode()
                    seen.ended.set()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the terminal for what matters."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Reports) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
