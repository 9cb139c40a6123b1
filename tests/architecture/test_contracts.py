"""Who may import whom: the contracts of ``.importlinter``, and proof that each of them can break."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("vcam", "engines", "training", "export")
RUNTIME_FILES = sorted(path for package in ("vcam", "engines") for path in (ROOT / package).rglob("*.py"))
FORBIDDEN = {"torch", "onnx", "moderngl", "socket", "http", "urllib", "requests"}

linted = pytest.mark.skipif(
    importlib.util.find_spec("importlinter") is None,
    reason="import-linter is in the group dev, not installed",
)


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command as main; main()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def _top_level_imports(source: str) -> set[str]:
    """Names of the top-level packages that a module imports, in whatever scope."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Path:
    """The sources, to be broken on purpose."""
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copy(ROOT / ".importlinter", folder)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            target = folder / path.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
    return folder


@pytest.fixture
def plant(copy):
    """Writes or extends modules of the copy; undone after the test."""
    before: dict[Path, bytes | None] = {}

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = copy / name
            before[path] = path.read_bytes() if path.exists() else None
            path.parent.mkdir(exist_ok=True)
            path.write_bytes((before[path] or b"") + f"\n{text}\n".encode())
        return copy

    yield write
    for path, content in before.items():
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)


@linted
def test_every_contract_is_kept():
    result = _lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


LAYERS = "Inside vcam, imports point downward and siblings are strangers"


@linted
@pytest.mark.parametrize(
    ("files", "contract"),
    [
        ({"vcam/types.py": "import vcam.slot"}, LAYERS),
        ({"vcam/slot.py": "def f():\n    import vcam.config"}, LAYERS),
        ({"vcam/meter.py": "import vcam.smoothing"}, LAYERS),
        ({"vcam/geometry/angles.py": "import vcam.types"}, LAYERS),
        ({"vcam/errors.py": "import vcam.geometry"}, LAYERS),
        ({"vcam/stray.py": ""}, LAYERS),
        ({"engines/__init__.py": "import vcam.errors"}, "Imports point export > training > vcam > engines"),
        ({"vcam/types.py": "import training"}, "Imports point export > training > vcam > engines"),
        (
            {"engines/ort.py": "import engines.fake", "engines/fake.py": ""},
            "Engines are strangers to each other",
        ),
        ({"training/stray.py": "import vcam.types"}, "Training takes vcam.geometry and nothing else of vcam"),
        ({"vcam/types.py": "def f():\n    import torch"}, "The runtime carries no training framework"),
        ({"engines/stray.py": "from onnx import load"}, "The runtime carries no training framework"),
        ({"vcam/types.py": "from urllib.request import urlopen"}, "The runtime never touches the network"),
        ({"vcam/config.py": "import PySide6"}, "Qt is for vcam.desktop alone"),
    ],
)
def test_a_forbidden_import_breaks_its_contract(plant, files, contract):
    result = _lint(plant(files))
    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout, result.stdout + result.stderr


@linted
@pytest.mark.parametrize(
    "files",
    [
        {"vcam/desktop/__init__.py": "import PySide6"},
        {"vcam/desktop/__init__.py": "", "vcam/desktop/tray.py": "from PySide6 import QtWidgets"},
        {"training/stray.py": "from vcam.geometry import angles\nimport torch"},
        {"engines/ort.py": "import engines.base\nimport onnxruntime", "engines/base.py": ""},
    ],
)
def test_an_allowed_import_keeps_every_contract(plant, files):
    result = _lint(plant(files))
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", RUNTIME_FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_runtime_module_imports_a_training_framework_or_the_network(path):
    assert not _top_level_imports(path.read_text("utf-8")) & FORBIDDEN


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import torch.nn as nn, numpy", {"torch", "numpy"}),
        ("def f():\n    from urllib.request import urlopen", {"urllib"}),
        ("from . import http", set()),
        ("from .socket import x", set()),
    ],
)
def test_imports_are_found_in_any_scope_and_form(source, names):
    assert _top_level_imports(source) == names
