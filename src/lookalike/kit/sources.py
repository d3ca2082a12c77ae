"""Which files of the package a program is made of, found by reading imports and running nothing.

DVC reruns a stage when a file that it declares changes; this says which files those are.
"""

import ast
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# What cannot change a result: DVC tracks params by value and paths as deps and outs; errors, progress, workers and the
# like write no output; `__init__.py` holds words alone.
_CHANGES_NOTHING = re.compile(
    r"params/.*|run/layout\.py|kit/(durations|entry|errors|progress|workers)\.py|.*__init__\.py"
)


def sources_of(*scripts: Path) -> tuple[Path, ...]:
    """Return the files of the package that scripts import, directly or through others, and that can change a result.

    Args:
        scripts: Python files; one that lies in the package is among the result.

    Returns:
        Sorted paths. Modules that are imported by a name put together at run time are not among them.
    """
    found = {script for script in scripts if PACKAGE in script.resolve().parents}
    waiting = list(scripts)
    while waiting:
        for file in imported_by(waiting.pop()):
            if file not in found and not _CHANGES_NOTHING.fullmatch(file.relative_to(PACKAGE).as_posix()):
                found.add(file)
                waiting.append(file)
    return tuple(sorted(found))


def imported_by(script: Path) -> set[Path]:
    """Return the files of the package that one file imports, inside functions too."""
    modules = _modules(ast.parse(script.read_text(encoding="utf-8")))
    return {file for file in map(_file_of, modules) if file is not None}


def digests_of(files: tuple[Path, ...]) -> dict[str, str]:
    """Return the SHA-256 of files of the package by their names inside it."""
    return {file.relative_to(PACKAGE).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@cache
def code_digest(*names: str) -> str:
    """Return one digest of all that files of the package are made of, for what DVC does not watch.

    Args:
        names: of files inside the package, such as `faces/find.py`.
    """
    sources = digests_of(sources_of(*(PACKAGE / name for name in names)))
    return hashlib.sha256(repr(sorted(sources.items())).encode()).hexdigest()


def _modules(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _file_of(module: str) -> Path | None:
    package, _, inside = module.partition(".")
    if package != PACKAGE.name:
        return None
    base = PACKAGE / inside.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)
