"""glibc's memory in a program that runs for long: what a large image took goes back to the system.

By itself glibc raises its limits with the largest block that was ever freed, and keeps a few hundred megabytes in each
thread's heap. With another C library these functions do nothing.
"""

import ctypes
from collections.abc import Callable

# Of malloc.h: blocks from this size on are mapped apart, and so much at the end of a heap is kept.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_BYTES = 1_000_000


def map_large_blocks() -> None:
    """Give blocks of a megabyte and more back as soon as they are freed, in this process from now on."""
    if mallopt := _function("mallopt"):
        mallopt(_M_MMAP_THRESHOLD, _BYTES)
        mallopt(_M_TRIM_THRESHOLD, _BYTES)


def give_back() -> None:
    """Give back what lies free in between; a few milliseconds."""
    if trim := _function("malloc_trim"):
        trim(0)


def _function(name: str) -> Callable[..., int] | None:
    return getattr(ctypes.CDLL(None), name, None)
