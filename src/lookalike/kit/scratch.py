"""Where files are written before they are moved into place, and how what a killed process left there goes.

Each write has a hidden folder of its own, which its process holds locked. The kernel lets go of the lock however the
process ends, so that a folder that can be locked is a leftover: no process id that another has by now, or that another
container counts otherwise, can mislead. The folders are where no stage hashes: in the project's folder of caches, where
that is on the disk of the target; else beside the target, under a name that .dvcignore and .gitignore know.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from lookalike.kit.errors import TEMPORARY

# A folder with this file is a project's.
PROJECT_FILE = Path("params.yaml")
SCRATCH = Path(".cache/lookalike/tmp")
_SUFFIX = ".tmp"


def scratch_beside(target: Path) -> Path:
    """Return the folder for temporary files of a target, on the same disk; it and the target's own folder exist."""
    project = next((above for above in target.absolute().parents if (above / PROJECT_FILE).is_file()), None)
    if project is not None:
        home = project / SCRATCH
        with suppress(OSError):
            home.mkdir(parents=True, exist_ok=True)
            if home.stat().st_dev == target.parent.stat().st_dev and os.access(home, os.W_OK):
                return home
    return target.parent


@contextmanager
def private_folder(home: Path) -> Iterator[Path]:
    """Yield a new folder below `home`, removed with all that is in it when the block ends, or after its process."""
    sweep(home)
    folder, lock = _locked_folder(home)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep(home: Path) -> None:
    """Remove what processes that are gone have left in a folder, if there is one."""
    with suppress(FileNotFoundError, NotADirectoryError, PermissionError), os.scandir(home) as entries:
        for entry in entries:
            if entry.name.startswith(TEMPORARY) and entry.name.endswith(_SUFFIX) and not entry.is_symlink():
                _remove_leftover(Path(entry.path))


def _remove_leftover(folder: Path) -> None:
    with suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _locked_folder(home: Path) -> tuple[Path, int]:
    while True:
        folder = Path(mkdtemp(_SUFFIX, TEMPORARY, home))
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        # Not every network disk has locks; there nothing is swept, and nobody's file is taken away.
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.exists():
            return folder, lock
        os.close(lock)  # Another process swept it between the two steps.
