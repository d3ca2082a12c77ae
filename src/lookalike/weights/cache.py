"""Downloaded weights, kept once for all models and projects of a user, each under its SHA-256.

A file is verified whenever it is taken from here: what another program changed is fetched again.
"""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lookalike.kit.errors import file_faults
from lookalike.kit.files import require_room, sha256_file
from lookalike.params.weights import WHOLE


def cache_folder() -> Path:
    """Return where downloaded weights are kept: $LOOKALIKE_WEIGHTS, or lookalike/weights in the user's cache."""
    if chosen := os.environ.get("LOOKALIKE_WEIGHTS"):
        return Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path("~/.cache").expanduser()) / "lookalike/weights"


def kept(pin: str) -> Path | None:
    """Return the kept file whose digest begins with `pin`, verified; None where there is none, or only a damaged one.

    Args:
        pin: 8 to 64 hex digits.
    """
    for path in sorted(cache_folder().glob(f"{pin}*")):
        if len(path.name) == WHOLE and sha256_file(path) == path.name:
            return path
    return None


def is_writable() -> bool:
    """Tell whether files can be kept; a cache that many share may be there to be read only."""
    with suppress(OSError):
        cache_folder().mkdir(parents=True, exist_ok=True)
    return os.access(cache_folder(), os.W_OK)


@contextmanager
def held(name: str) -> Iterator[None]:
    """Hold a lock of the cache, so that one process works on a thing and the others wait for it.

    The file stays: who removes a lock that another waits for, lets a third in beside it.

    Raises:
        FileFault: the cache's disk is full, read-only or broken.
    """
    with file_faults(cache_folder()), (cache_folder() / f"{name}.lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"lookalike: waiting for another process that fetches {name}", file=sys.stderr)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def place(source: Path, target: Path) -> None:
    """Put a file of this machine at `target`: as a second name for it where one disk holds both, else as a copy."""
    try:
        target.hardlink_to(source)
    except OSError:
        copy(source, target)


def copy(source: Path, target: Path) -> None:
    """Copy a file's bytes, where there is room for them."""
    require_room(target, target.parent, source.stat().st_size)
    shutil.copyfile(source, target)
