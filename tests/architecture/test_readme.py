"""The tree in the README is the architecture document, so it has to be the real tree."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("vcam", "engines", "export", "training", "benchmarks")


def named_in_the_readme() -> set[str]:
    """Paths of the Python files in the README's tree, from its indentation."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text[text.index("## Layout") :].split("```")[1]
    names: set[str] = set()
    folders: list[str] = []
    for line in block.splitlines():
        found = re.match(r"( *)([\w.]+/?)", line)
        if found is None:
            continue
        depth, name = len(found[1]) // 2, found[2]
        folders = folders[:depth]
        if name.endswith("/"):
            folders.append(name)
        elif folders and name.endswith(".py"):
            names.add("".join([*folders, name]))
    return names


def test_the_readme_names_every_module_and_no_other():
    real = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    assert named_in_the_readme() == real
