"""What C libraries write to standard error on their own: it names no file, so it is kept off the terminal.

The guard, which decodes every image first, catches it beside the file's name (`kit.images.look`). When the same bytes
are decoded again, it is dropped.
"""

import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_STDERR = 2


class _Silence:
    """Descriptor 2 leads nowhere while any block runs, once Python's own messages have another descriptor."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._blocks = 0
        self._terminal = self._nowhere = -1

    def prepare(self) -> None:
        self._nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)

    def enter(self) -> None:
        with self._lock:
            if self._blocks == 0 and self._nowhere >= 0:
                self._terminal = os.dup(_STDERR)
                os.dup2(self._nowhere, _STDERR)
            self._blocks += 1

    def leave(self) -> None:
        with self._lock:
            self._blocks -= 1
            if self._blocks == 0 and self._terminal >= 0:
                os.dup2(self._terminal, _STDERR)
                os.close(self._terminal)
                self._terminal = -1


_silence = _Silence()


def keep_own_stderr() -> None:
    """Give Python's own messages a descriptor that `libraries_silenced` leaves alone; a program calls it as it starts.

    Where standard error is not this process's descriptor 2, as in a notebook or under a test, nothing is silenced.
    """
    given = sys.__stderr__
    if given is None or sys.stderr is not given or given.fileno() != _STDERR:
        return
    logging.getLogger("PIL").addHandler(logging.NullHandler())
    warnings.filterwarnings("ignore", module=r"PIL\.")
    own = os.fdopen(os.dup(_STDERR), "w", buffering=1, encoding=given.encoding, errors="backslashreplace")
    sys.stderr = own
    _silence.prepare()


@contextmanager
def libraries_silenced() -> Iterator[None]:
    """Drop what is written to descriptor 2 while the block runs, in any thread."""
    _silence.enter()
    try:
        yield
    finally:
        _silence.leave()
