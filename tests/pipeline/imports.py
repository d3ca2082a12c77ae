"""What a stage's script imports, followed through the package by reading the code, not by running it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path("src")
# Values are declared as params, and a default that changes them is caught by tests/params/test_defaults.py.
PARAMS = SOURCE / "lookalike/params"
# Paths are declared as deps and outs.
LAYOUT = SOURCE / "lookalike/run/layout.py"
# Errors, progress, durations, workers and the way a fault is told write no output.
WRITES_NOTHING = re.compile(r"src/lookalike/kit/(durations|entry|errors|progress|workers)\.py|.*/__init__\.py")


def imported_files(script: Path) -> set[Path]:
    """Return every file of the package that a script imports, directly or through others."""
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        for file in map(_file_of, _imports(waiting.pop())):
            if file and file not in found:
                found.add(file)
                waiting += [file] if PARAMS not in file.parents else []
    return found


def tracked_files(script: Path) -> set[Path]:
    """Return the imported files that can change what a stage writes, and that nothing else declares."""
    return {
        file
        for file in imported_files(script)
        if PARAMS not in file.parents and file != LAYOUT and not WRITES_NOTHING.fullmatch(file.as_posix())
    }


def script_of(stage: str) -> Path:
    """Return the script of a stage of dvc.yaml."""
    return Path("stages") / f"{stage}.py"


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file_of(module: str) -> Path | None:
    if module.split(".")[0] != "lookalike":
        return None
    base = SOURCE / module.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)
