"""Files that carry the SHA-256 of their own bytes, so that what a disk damages is told instead of used.

A writer leaves room for it somewhere in the file: 64 zeros after a mark, in metadata that other programs pass over.
`add_digest` puts the digest of the file, zeros and all, in their place; `check_digest` puts the zeros back and
compares.
SHA-256 (FIPS 180-4) costs half a second a gigabyte: nothing beside what is then done with the bytes.
"""

import hashlib
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from lookalike.kit.errors import LookalikeError, file_faults
from lookalike.kit.files import atomic_path, json_text, read_json

_MARK = b"sha256-of-this-file:"
_DIGITS = 64
BLANK = _MARK.decode() + "0" * _DIGITS
# The mark is among the last bytes (Parquet, arrays, checkpoints) or the first (safetensors, JSON).
_WINDOW = 1 << 20
_CHUNK = 1 << 20
KEY = "digest"
ADVICE = "delete it and run `dvc repro`"


class Damaged(LookalikeError):
    """A file whose bytes are not those that were written."""


def add_digest(path: Path) -> None:
    """Put the digest of a file in the place that it holds for it."""
    place = _place(path)
    assert place is not None, f"{path} leaves no room for its digest"
    digest = _digest(path, place)
    with path.open("r+b") as stream:
        stream.seek(place)
        stream.write(digest.encode())


def check_digest(path: Path, advice: str = ADVICE) -> bool:
    """Hold a file against the digest that it carries.

    Args:
        path: a file that `add_digest` was given.
        advice: what makes it again.

    Returns:
        Whether it carries one.

    Raises:
        Damaged: it is not the file that was written.
        FileFault: the disk fails.
        FileNotFoundError: there is none.
    """
    with file_faults(path):
        place = _place(path)
        if place is None:
            return False
        with path.open("rb") as stream:
            stream.seek(place)
            carried = stream.read(_DIGITS)
        if carried != _digest(path, place).encode():
            raise damaged(path, "its bytes are not those that were written", advice)
    return True


def require_digest(path: Path, advice: str = ADVICE) -> None:
    """Do what `check_digest` does, where every file carries a digest.

    Raises:
        Damaged: it is not the file that was written, or carries no digest.
    """
    if not check_digest(path, advice):
        raise damaged(path, "it carries no digest of its bytes, unless an earlier version wrote it", advice)


def damaged(path: Path, why: object, advice: str = ADVICE) -> Damaged:
    """Return the error that names a damaged file, and what makes it again."""
    return Damaged(f"{path}: damaged: {why}; {advice}")


def set_aside(path: Path) -> bool:
    """Give a damaged file another name, and say so on stderr; what reads it can do without.

    Returns:
        Whether it was damaged, or is gone because another process saw that first.
    """
    try:
        require_digest(path, "it is made again")
        return False
    except Damaged as error:
        rename_damaged(path, error)
    except FileNotFoundError:
        pass
    return True


def rename_damaged(path: Path, why: object) -> None:
    """Give a damaged file another name, unless another process has, and say so on stderr."""
    with suppress(FileNotFoundError):
        path.replace(path.with_name(f"{path.name}.damaged"))
        print(f"lookalike: {why}; kept as {path.name}.damaged", file=sys.stderr)


def write_checked_json(path: Path, value: dict[str, Any]) -> None:
    """Write a mapping as JSON, atomically, with its digest among the keys."""
    with atomic_path(path) as temporary:
        temporary.write_text(json_text(value | {KEY: BLANK}), encoding="utf-8")
        add_digest(temporary)


def read_checked_json(path: Path) -> dict[str, Any]:
    """Read what `write_checked_json` wrote.

    Raises:
        LookalikeError: the file is missing, is not JSON, or is damaged.
    """
    value = read_json(path)
    if not isinstance(value, dict) or (not check_digest(path) and KEY in value):
        raise damaged(path, "not a mapping with its digest")
    return {key: inner for key, inner in value.items() if key != KEY}


def _place(path: Path) -> int | None:
    """Return where the digits begin."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = max(size - _WINDOW, 0)
        stream.seek(start)
        found = stream.read().rfind(_MARK)
        if found < 0:
            stream.seek(0)
            start, found = 0, stream.read(_WINDOW).find(_MARK)
    place = start + found + len(_MARK)
    return place if found >= 0 and place + _DIGITS <= size else None


def _digest(path: Path, place: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        _update(digest, stream, place)
        stream.seek(_DIGITS, 1)
        digest.update(b"0" * _DIGITS)
        _update(digest, stream, None)
    return digest.hexdigest()


def _update(digest: Any, stream: Any, size: int | None) -> None:
    while size is None or size > 0:
        chunk = stream.read(_CHUNK if size is None else min(_CHUNK, size))
        if not chunk:
            return
        digest.update(chunk)
        size = None if size is None else size - len(chunk)
