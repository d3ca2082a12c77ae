"""One writer of an index at a time; the second would do the same work again."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lookalike.kit.errors import file_faults


class WriterLock:
    """An open file that the kernel locks for one process, and unlocks however that ends."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def take(self) -> bool:
        """Take it if no other process has it, and tell whether it is had."""
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
                raise
            # A disk without locks: two programs may do the same work, and write the same.
        return True

    def wait(self) -> None:
        """Take it once no other process has it."""
        fcntl.flock(self._handle, fcntl.LOCK_EX)


@contextmanager
def writing(home: Path) -> Iterator[WriterLock]:
    """Open the lock of an index; readers need none, since shards are whole or absent.

    Args:
        home: the index's folder, made where it is not there.

    Raises:
        FileFault: it may not be written.
    """
    path = home / "lock"
    with file_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield WriterLock(handle)
    finally:
        os.close(handle)
