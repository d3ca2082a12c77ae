"""What a stage's script imports, followed through the package by reading the code, not by running it."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path("src")

# They only describe params; a stage depends on their values, which DVC tracks.
NOT_FOLLOWED = ("config.py", "options.py")


def imported_files(script: Path) -> set[Path]:
    """Return every file of the package that a script imports, directly or through others."""
    found: set[Path] = set()
    waiting = [script]
    while waiting:
        for file in map(_file_of, _imports(waiting.pop())):
            if file and file not in found:
                found.add(file)
                waiting += [file] if file.name not in NOT_FOLLOWED else []
    return found


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
