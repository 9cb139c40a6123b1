"""One QApplication for all tests of this folder, and the reason where there can be none."""

import functools
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from typing import Any

import pytest

_PROBE = "from PySide6.QtWidgets import QApplication; QApplication([])"


@functools.cache
def no_qt() -> str | None:
    """Why Qt cannot open windows here. Asked in a process of its own, because Qt aborts where it cannot."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        return "no display: run under xvfb-run"
    done = subprocess.run(
        [sys.executable, "-c", _PROBE], capture_output=True, text=True, check=False, timeout=60
    )
    return None if done.returncode == 0 else f"Qt opens no window here: {done.stderr.strip()[-300:]}"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    text = str(report.longrepr) if report.failed else ""
    if re.search(r"No module named 'PySide6", text) or re.search(r"ImportError: lib\w+\.so", text):
        report.outcome = "skipped"
        reason = f"Skipped: PySide6 (the extra desktop) cannot be imported: {text.splitlines()[-1]}"
        report.longrepr = (str(collector.path), 0, reason)
    return report


@pytest.fixture(scope="session")
def app() -> Any:
    if (reason := no_qt()) is not None:
        pytest.skip(reason)
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication(["gazecam"])
    app.setQuitOnLastWindowClosed(False)
    return app


@pytest.fixture(autouse=True)
def _quiet_qt() -> Generator[None]:
    """What Qt complains about is a fault of ours."""
    if "PySide6.QtCore" not in sys.modules:
        yield
        return
    from PySide6.QtCore import QtMsgType, qInstallMessageHandler

    said: list[str] = []

    def keep(kind: Any, _context: Any, text: str) -> None:
        if kind not in {QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg}:
            said.append(text)

    before = qInstallMessageHandler(keep)
    yield
    qInstallMessageHandler(before)
    assert not said, f"Qt complained: {said}"


@pytest.fixture
def until(app: Any) -> Callable[..., Any]:
    """Run Qt's events until something is true; its value."""

    def wait(what: Callable[[], Any], timeout_s: float = 20.0) -> Any:
        deadline = time.monotonic() + timeout_s
        while not (value := what()):
            assert time.monotonic() < deadline, f"did not come true within {timeout_s} s"
            app.processEvents()
            time.sleep(0.005)
        return value

    return wait
