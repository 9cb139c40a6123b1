"""Without the dependency group ``train`` its tests are skipped, each module with the reason."""

import importlib.util
import re
from collections.abc import Generator

import pytest

GROUP = {
    name for name in ("torch", "onnx", "onnxscript", "moderngl") if importlib.util.find_spec(name) is None
}


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    missing = re.search(r"No module named '(\w+)", str(report.longrepr)) if report.failed else None
    if missing and missing[1] in GROUP:
        report.outcome = "skipped"
        reason = f"{missing[1]} is in the dependency group train, which is not installed"
        report.longrepr = (str(collector.path), 0, f"Skipped: {reason}")
    return report
