"""Arrays that are mapped from disk: room for all of one is taken before a byte is written, and it has its digest."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lookalike.kit.digests import ADVICE, BLANK, add_digest, require_digest
from lookalike.kit.errors import LookalikeError, file_faults
from lookalike.kit.files import atomic_path


@contextmanager
def written_array(path: Path, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Yield a zeroed array to fill, which is a whole .npy file at `path` when the block ends well.

    A mapped file that is only declared to be so long takes its room page by page, and a full disk then ends the program
    by a signal (SIGBUS) wherever it is. So all of it is allocated first.

    Args:
        path: where the file goes, atomically. `numpy.load` reads it; the digest stands after the last number.
        dtype: of its numbers.
        shape: of the array.

    Raises:
        FileFault: there is no room for it, or the disk fails.
    """
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    with atomic_path(path, size) as temporary, file_faults(path, size):
        _allocate(temporary, np.dtype(dtype), shape, size)
        array = np.lib.format.open_memmap(temporary, mode="r+")
        yield array
        array.flush()
        add_digest(temporary)


def read_array(path: Path, advice: str = ADVICE) -> np.ndarray:
    """Return an array that `written_array` wrote, mapped from disk, once its bytes are known to be whole.

    Args:
        path: the .npy file.
        advice: what makes it again.

    Raises:
        LookalikeError: the file is damaged, or no array.
        FileNotFoundError: there is none.
    """
    with file_faults(path), path.open("rb") as stream:
        if stream.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:
            raise LookalikeError(f"{path}: not an array; {advice}")
    require_digest(path, advice)
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise LookalikeError(f"{path}: not an array ({error}); {advice}") from error


def _allocate(path: Path, dtype: np.dtype[Any], shape: tuple[int, ...], size: int) -> None:
    header = {"descr": np.lib.format.dtype_to_descr(dtype), "fortran_order": False, "shape": shape}
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, header)
        start = stream.tell()
        os.posix_fallocate(stream.fileno(), 0, start + size + len(BLANK))
        stream.seek(start + size)
        stream.write(BLANK.encode())
