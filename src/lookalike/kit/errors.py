"""The one error family a user is meant to read, and the sentence that each fault of a disk becomes."""

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class LookalikeError(ValueError):
    """A fault in the user's files or params.

    The message names the file or key, says what was expected, and what to do about it.
    """


class FileFault(LookalikeError):
    """A file that could not be read or written, for a reason outside this program."""


# What every temporary file or folder of ours begins with; an error is told of what it was to become.
TEMPORARY = ".lookalike-"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_ADVICE = {
    errno.ENOSPC: "make room there and run again; nothing of it was kept",
    errno.EDQUOT: "make room in your quota and run again; nothing of it was kept",
    errno.EFBIG: "let this program write larger files (`ulimit -f`) and run again; nothing of it was kept",
    errno.EROFS: "make it writable, or work on a copy of the folder",
    errno.EACCES: "mend its permissions, or work on a copy of the folder",
    errno.EPERM: "mend its permissions, or work on a copy of the folder",
    errno.EIO: "the disk failed; check it (`dmesg`) before you run again",
    errno.EMFILE: "let this program open more files (`ulimit -n`) and run again",
    errno.ENAMETOOLONG: "give it a shorter name",
    errno.ELOOP: "a link leads back to itself; remove it",
}


def file_fault(error: OSError, path: Path | None = None, needed: int | None = None) -> FileFault | None:
    """Return what a person should read of an error of the operating system; None for one that is a fault of ours.

    Args:
        error: as it was raised.
        path: the file that was worked on, where the error itself names none.
        needed: bytes that the file takes, where that is known.
    """
    if error.errno not in _ADVICE:
        return None
    named = path or _named(error)
    room = _room(named, needed) if error.errno in _FULL else ""
    what = os.strerror(error.errno)
    return FileFault(f"{named or 'a temporary file'}: {what[0].lower()}{what[1:]}{room}; {_ADVICE[error.errno]}")


@contextmanager
def file_faults(path: Path, needed: int | None = None) -> Iterator[None]:
    """Raise a `FileFault` that names `path` where the block is stopped by the disk; other errors pass.

    Args:
        path: the file that is worked on.
        needed: bytes that it takes, where that is known.

    Raises:
        FileFault: the disk is full, read-only or broken, or the file may not be touched.
    """
    try:
        yield
    except OSError as error:
        # What the block did to another file is told of that file.
        other = _named(error) or path
        ours = any(part.startswith(TEMPORARY) for part in other.parts)
        fault = file_fault(error, path if ours else other, needed)
        if fault is None:
            raise
        raise fault from error


def size_text(size: float) -> str:
    """Return a number of bytes as people read it: `3.2 GB`."""
    units = ("bytes", "kB", "MB", "GB", "TB")
    power = min(len(units) - 1, sum(size >= 1000**step for step in range(1, len(units))))
    return f"{size / 1000**power:.{min(power, 1)}f} {units[power]}"


def _named(error: OSError) -> Path | None:
    # Of a copy or a move, the second file is the one that is written.
    name = error.filename2 or error.filename
    return Path(os.fsdecode(name)) if name else None


def _room(path: Path | None, needed: int | None) -> str:
    told = f" ({size_text(needed)} are needed" if needed else " ("
    folder = next((above for above in (path or Path()).absolute().parents if above.is_dir()), Path("/"))
    return f"{told}{', ' if needed else ''}{size_text(shutil.disk_usage(folder).free)} are free in {folder})"
