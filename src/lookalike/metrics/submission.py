"""Submissions in the competition's formats: written, read back without running them, and posted."""

import ast
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lookalike.kit.errors import LookalikeError
from lookalike.kit.files import write_json, write_text
from lookalike.retrieval.cutoff import dynamic_k
from lookalike.retrieval.ranking import Ranking

Answers = dict[str, list[str]]

RETRY_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
BACKOFF_SECONDS = 1.0


def answers(ranking: Ranking, queries: list[str], depth: int, drop: float = 0.0) -> Answers:
    """Return query file name -> gallery file names, best first.

    Args:
        ranking: the system's answers.
        queries: ids of every query of the dataset; one the ranking lacks gets an empty list, never someone else's.
        depth: how many gallery images to hand in.
        drop: cut a list where the score falls by more than this; 0 never cuts.
    """
    query_name, gallery_name = _names(queries), _names(list(ranking.gallery_id))
    row_of = {image_id: row for row, image_id in enumerate(ranking.query_id)}
    keep = dynamic_k(ranking.score[:, :depth], drop)
    result: Answers = {}
    for image_id in sorted(queries):
        row = row_of.get(image_id)
        found = ranking.gallery_id[ranking.order[row, : keep[row]]] if row is not None else ()
        result[query_name[image_id]] = [gallery_name[name] for name in found]
    return result


def _names(image_ids: list[str]) -> dict[str, str]:
    """Return id -> file name, as the competition wants it; whole ids where file names are not unique."""
    name = {image_id: image_id.rsplit("/", 1)[-1] for image_id in image_ids}
    return name if len(set(name.values())) == len(name) else {image_id: image_id for image_id in image_ids}


def write_submissions(folder: Path, groupname: str, images: Answers) -> None:
    """Write the study's formats: submission.json, list.json, data.py and retrieval.py."""
    write_json(folder / "submission.json", {"groupname": groupname, "images": images})
    write_json(folder / "list.json", [{"filename": name, "gallery_images": found} for name, found in images.items()])
    literal = json.dumps(images, indent=1, ensure_ascii=True)
    write_text(folder / "data.py", f"data = {literal}\n")
    write_text(folder / "retrieval.py", f"groupname = {json.dumps(groupname)}\nretrieval = {literal}\n")


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


def submit(
    url: str, groupname: str, images: Mapping[str, list[str]], timeout: float = 30.0, attempts: int = 3
) -> dict[str, Any]:
    """Post a submission and return the server's JSON reply, such as `{"accuracy": 973.9}`.

    Tries again, each time after twice the wait, when the connection fails or the server says it is busy or broken.

    Args:
        url: where the server listens.
        groupname: who submits.
        images: query file name -> gallery file names.
        timeout: seconds for each attempt.
        attempts: how many times to try, at least 1.

    Raises:
        LookalikeError: the server cannot be reached, refuses, or answers with something other than a JSON object.
    """
    import httpx  # Here, because the score stage imports this module and posts nothing.

    reason = ""
    for attempt in range(attempts):
        if attempt:
            time.sleep(BACKOFF_SECONDS * 2 ** (attempt - 1))
        try:
            reply = httpx.post(url, json={"groupname": groupname, "images": dict(images)}, timeout=timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = f"{type(error).__name__}: {error}"
            continue
        if reply.status_code not in RETRY_STATUS:
            return _reply(url, reply.status_code, reply.text)
        reason = f"HTTP {reply.status_code}"
    raise LookalikeError(f"{url}: no answer after {attempts} attempts ({reason}); check the address and try again")


def _reply(url: str, status: int, text: str) -> dict[str, Any]:
    if status >= 400:
        raise LookalikeError(f"{url}: the server refused the submission with HTTP {status}: {text[:200]}")
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        raise LookalikeError(f"{url}: expected a JSON reply, got {text[:200]!r}") from None
    if not isinstance(value, dict):
        raise LookalikeError(f"{url}: expected a JSON object, got {text[:200]!r}")
    return value
