"""Which files of the package a program is made of, found by reading imports and running nothing.

DVC reruns a stage when a file that it declares changes; this says which files those are.
"""

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
# What cannot change a result: DVC tracks params by value and paths as deps and outs; errors, progress, workers and the
# like write no output, nor do executors; `__init__.py` holds words alone.
_CHANGES_NOTHING = re.compile(
    r"params/.*|run/layout\.py|kit/(durations|entry|errors|names|progress|scratch|workers)\.py|.*__init__\.py|"
    r"engine/executors/.*"
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
    return {file for file in map(_file_of, _modules(script.read_text(encoding="utf-8"))) if file is not None}


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


@cache
def _modules(text: str) -> frozenset[str]:
    """Return what a file of this text imports; several programs are made of one file, which is parsed once."""
    return frozenset(_imported(ast.parse(text)))


def _imported(tree: ast.Module) -> Iterator[str]:
    for statement in _statements(tree.body):
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
            yield from (f"{statement.module}.{alias.name}" for alias in statement.names)


def _statements(block: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield statements at any depth; expressions, most of a file's nodes, import nothing."""
    for statement in block:
        yield statement
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from _statements(getattr(statement, part, ()))


def _file_of(module: str) -> Path | None:
    package, _, inside = module.partition(".")
    if package != PACKAGE.name:
        return None
    base = PACKAGE / inside.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)
