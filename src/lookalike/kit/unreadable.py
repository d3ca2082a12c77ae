"""Image files that give no pixels, and why: whatever a decoder raises becomes a reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from PIL import UnidentifiedImageError

from lookalike.kit.errors import LookalikeError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
MAX_PIXELS = 64_000_000
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
