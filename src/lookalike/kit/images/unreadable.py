"""The bytes of image files, and why some give no pixels: whatever a decoder raises becomes a reason."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import UnidentifiedImageError

from lookalike.kit.errors import LookalikeError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
MAX_PIXELS = 64_000_000
MAX_BYTES = 256_000_000
_NO_MEMORY = -4  # cv::Error::StsNoMem


class UnreadableImage(LookalikeError):
    """A file that gives no pixels.

    Attributes:
        reason: short stable text, fit for a table: `empty file`, `no such file`, `cannot be opened`,
            `not a regular file`, `file too large`, `not an image`, `too many pixels`, `unsupported pixels`,
            `too complex`, `truncated`, `corrupt`, `too much memory`; from the guard also `partial`, `too slow`,
            `crashes the decoder`.
    """

    def __init__(self, name: str, reason: str) -> None:
        wanted = f"a whole {'/'.join(FORMATS)} of at most {MAX_PIXELS:,} pixels"
        super().__init__(f"{name}: {reason}; expected {wanted}")
        self.reason = reason


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes; what is no file, such as a pipe that nobody writes into, is refused without waiting.

    Raises:
        UnreadableImage: the file is missing, may not be opened, is not a regular one, or is larger than `MAX_BYTES`.
    """
    name = str(path)
    try:
        # A device may act on being opened, and a pipe would wait for its other end.
        _check_regular(path.stat(), name)
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as stream:
            # What stands there may have been replaced since.
            size = _check_regular(os.fstat(stream.fileno()), name)
            data = stream.read(size + 1)
            if len(data) > size:  # it grows
                data += stream.read(MAX_BYTES - size)
    except FileNotFoundError:
        raise UnreadableImage(name, "no such file") from None
    except OSError as error:
        raise UnreadableImage(name, "cannot be opened") from error
    if len(data) > MAX_BYTES:
        raise UnreadableImage(name, "file too large")
    return data


def _check_regular(status: os.stat_result, name: str) -> int:
    """Return the size of a regular file of an accepted size; refuse others."""
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableImage(name, "cannot be opened" if stat.S_ISDIR(status.st_mode) else "not a regular file")
    if status.st_size > MAX_BYTES:
        raise UnreadableImage(name, "file too large")
    return status.st_size


@contextmanager
def told(name: str) -> Iterator[None]:
    """Turn whatever a decoder raises on some bytes into a reason.

    The one broad `except` of the package: what decoders raise on damaged bytes is no closed list. Pillow let through
    IndexError, struct.error and SyntaxError so far, and a later release may add to them.
    """
    try:
        yield
    except UnreadableImage:
        raise
    except Exception as error:
        raise UnreadableImage(name, _reason(error)) from error


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    # OpenCV's errors are told by their number, since loading it takes a tenth of a second.
    if isinstance(error, MemoryError) or getattr(error, "code", None) == _NO_MEMORY:
        return "too much memory"
    return "truncated" if "truncated" in str(error).lower() else "corrupt"
