"""What stages and packages import, read from the code."""

import ast
from collections import defaultdict
from pathlib import Path

from lookalike.kit.sources import PACKAGE, sources_of

ROOT = PACKAGE.parents[1]


def tracked_files(script: Path) -> list[str]:
    """Return the files that a script imports and that can change what it writes, relative to the project's root."""
    return [file.relative_to(ROOT).as_posix() for file in sources_of(script)]


def script_of(stage: str) -> Path:
    """Return the script of a stage of dvc.yaml."""
    return ROOT / "stages" / f"{stage}.py"


def modules(file: Path) -> set[str]:
    """Return the modules that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def arrows() -> dict[str, set[str]]:
    """Return package -> the other packages of the project that it imports; the entry point counts as one."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in PACKAGE.rglob("*.py"):
        here = file.relative_to(PACKAGE).with_suffix("").parts[0]
        imported = {module.split(".")[1] for module in modules(file) if module.startswith(f"{PACKAGE.name}.")}
        found[here] |= imported - {here}
    return found
