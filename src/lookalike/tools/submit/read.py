"""Submissions in the competition's formats, read without running them."""

import ast
import json
from pathlib import Path
from typing import Any

from lookalike.kit.errors import LookalikeError
from lookalike.metrics.submission import Answers


def read_submission(path: Path) -> Answers:
    """Read any of the formats that `write_submissions` writes. Python files are parsed, never executed.

    Raises:
        LookalikeError: the file is missing, or is in none of the formats.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
        value = _python_value(text) if path.suffix == ".py" else json.loads(text, object_pairs_hook=_once)
        return _checked(path, _mapping(value))
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; `dvc repro` writes submissions") from None
    except IsADirectoryError:
        raise LookalikeError(f"{path}: a folder; name one of the submissions in it") from None
    # Python's own parser runs out of memory or of depth where a file is nested without end.
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:
        if isinstance(error, LookalikeError):
            raise
        raise LookalikeError(f"{path}: not a submission ({error})") from error


def _python_value(text: str) -> Any:
    """Return the literal assigned to `data` or `retrieval`."""
    for statement in ast.parse(text).body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if names & {"data", "retrieval"} and isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value:
            return _literal(statement.value)
    raise ValueError("expected `data = {...}` or `retrieval = {...}`")


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Dict):
        _once([(ast.literal_eval(key), None) for key in node.keys if key is not None])
    return ast.literal_eval(node)


def _once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """Return a mapping, or refuse one that names a key twice, of which the last would silently count."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for key in found if [name for name, _ in pairs].count(key) > 1)
        raise ValueError(f"{twice!r} stands twice; which of its answers count?")
    return found


def _mapping(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return _once([(row.get("filename"), row.get("gallery_images")) for row in value])
    return value.get("images", value) if isinstance(value, dict) else value


def _checked(path: Path, value: Any) -> Answers:
    if not isinstance(value, dict) or not all(_is_answer(name, found) for name, found in value.items()):
        raise LookalikeError(f"{path}: not a submission; expected query file names, each with a list of file names")
    return value


def _is_answer(name: Any, found: Any) -> bool:
    return isinstance(name, str) and isinstance(found, list) and all(isinstance(image, str) for image in found)
