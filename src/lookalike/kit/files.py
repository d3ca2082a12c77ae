"""Files that are either whole or absent: every output is written apart from its place, then moved into it."""

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from lookalike.kit.errors import FileFault, LookalikeError, file_faults, size_text
from lookalike.kit.scratch import private_folder, scratch_beside

# A file changed within a clock tick of being read would keep its stamp; one that is older than this has settled.
# The same caution as git's with its index (Documentation/technical/racy-git).
SETTLED_NS = 2_000_000_000
# Some network disks cannot flush, least of all a folder; what they promise is all that is to be had there.
_CANNOT_FLUSH = (errno.EINVAL, errno.ENOTSUP, errno.ENOSYS)


@contextmanager
def atomic_path(path: Path, needed: int = 0) -> Iterator[Path]:
    """Yield a temporary path, moved to `path` when the block ends well and removed when it does not.

    The block may create a file or a folder under the yielded name, which ends as `path` does. A folder that already
    stands at `path` is replaced. What is moved is on the disk before it is: a power cut leaves the old file or the new.

    Args:
        path: where the file or folder goes.
        needed: bytes that it will take, where that is known; it is refused before any work where they are not free.

    Raises:
        FileFault: the disk is full, read-only or broken, or the place may not be written.
    """
    with file_faults(path, needed):
        path.parent.mkdir(parents=True, exist_ok=True)
        with private_folder(scratch_beside(path)) as folder:
            require_room(path, folder, needed)
            temporary = folder / path.name
            yield temporary
            _flush(temporary)
            _move(temporary, path)
        _flush_entry(path.parent)


def require_room(path: Path, folder: Path, needed: int) -> None:
    """Refuse to begin a file for which there is no room.

    Args:
        path: to name in the error.
        folder: on the disk that it goes to.
        needed: its bytes.

    Raises:
        FileFault: fewer are free.
    """
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise FileFault(
            f"{path}: no space left on its disk: {size_text(needed)} are needed, {size_text(free)} are free in "
            f"{path.parent.absolute()}; make room there and run again"
        )


def _move(temporary: Path, path: Path) -> None:
    try:
        _replace(temporary, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # Two mounts of one disk look alike until something is moved between them.
        with private_folder(path.parent) as beside:
            copied = beside / path.name
            (shutil.copytree if temporary.is_dir() else shutil.copy2)(temporary, copied)
            _flush(copied)
            _replace(copied, path)


def _replace(temporary: Path, path: Path) -> None:
    folders = (temporary.is_dir(), path.is_dir() and not path.is_symlink())
    if not os.path.lexists(path) or not any(folders):
        temporary.replace(path)
        return
    # A folder cannot be moved over anything, nor anything over one; what was there goes when the private folder does.
    old = temporary.with_name(f"{path.name}.old")
    path.replace(old)
    try:
        temporary.replace(path)
    except OSError:
        old.replace(path)
        raise


def _flush(path: Path) -> None:
    """Have a file, or all of a folder, on the disk."""
    files = (file for file in path.rglob("*") if not file.is_symlink()) if path.is_dir() else ()
    for file in (path, *files):
        _flush_entry(file)


def _flush_entry(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _CANNOT_FLUSH:
            raise
    finally:
        os.close(handle)


def keep_only(folder: Path, stems: Collection[str]) -> None:
    """Remove what is in a folder, where there is one, under names that without suffix are not among those given."""
    if folder.is_dir():
        for path in folder.iterdir():
            if path.stem in stems or path.name.startswith("."):
                continue
            if path.is_dir() and not path.is_symlink():
                # Only a folder that is a table: others are somebody's own.
                if path.suffix == ".parquet":
                    shutil.rmtree(path)
            else:
                path.unlink()


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def json_text(value: Any) -> str:
    """Return `value` as indented JSON with sorted keys; NaN is refused, because JSON has none."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def write_json(path: Path, value: Any) -> None:
    """Write `value` as `json_text` has it, atomically."""
    write_text(path, json_text(value))


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        LookalikeError: the file is missing or is not JSON.
    """
    try:
        with file_faults(path):
            return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise LookalikeError(f"{path}: no such file; expected JSON, written by an earlier stage (dvc repro)") from None
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LookalikeError(f"{path}: not valid JSON ({error}); repair or delete it") from error


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 hex digits; a file that has not changed since is read once."""
    with file_faults(path):
        status = path.stat()
        stamp = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        # Two changes within a tick of the clock leave one stamp.
        settled = time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) > SETTLED_NS
        return _digest_once(path, stamp) if settled else _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@lru_cache(maxsize=256)
def _digest_once(path: Path, stamp: tuple[int, ...]) -> str:
    del stamp
    return _digest(path)
