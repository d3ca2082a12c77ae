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
        text = path.read_text(encoding="utf-8")
        value = _python_value(text) if path.suffix == ".py" else json.loads(text)
    except FileNotFoundError:
        raise LookalikeError(f"{path}: no such file; `dvc repro` writes submissions") from None
    except (ValueError, SyntaxError) as error:
        raise LookalikeError(f"{path}: not a submission ({error})") from error
    return _checked(path, _mapping(value))


def _python_value(text: str) -> Any:
    """Return the literal assigned to `data` or `retrieval`."""
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Assign):
            names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
            if names & {"data", "retrieval"}:
                return ast.literal_eval(statement.value)
    raise ValueError("expected `data = {...}` or `retrieval = {...}`")


def _mapping(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return {row.get("filename"): row.get("gallery_images") for row in value}
    return value.get("images", value) if isinstance(value, dict) else value


def _checked(path: Path, value: Any) -> Answers:
    if not isinstance(value, dict) or not all(_is_answer(name, found) for name, found in value.items()):
        raise LookalikeError(f"{path}: not a submission; expected query file names, each with a list of file names")
    return value


def _is_answer(name: Any, found: Any) -> bool:
    return isinstance(name, str) and isinstance(found, list) and all(isinstance(image, str) for image in found)
