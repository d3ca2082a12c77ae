"""The pixels of catalogued images."""

from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Protocol

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.kit.images.decode import UnreadableImage, decode, decode_bytes, scale_for


class Reader(Protocol):
    """Gives the pixels of an image; may be called from several threads."""

    def __call__(self, image_id: str, side: int | None = None, /) -> np.ndarray:
        """Return (height, width, 3) uint8 RGB of the upright image.

        Args:
            image_id: which.
            side: where it is given, the image comes at the scale that `kit.images.decode.scale_for` says, so that every
                reader of a file gives the same pixels.
        """


class DecodedOnce:
    """The bytes of one image, and its pixels, decoded once at each scale that is asked for; a `Reader` of it alone."""

    def __init__(self, data: bytes, path: Path) -> None:
        """Take the bytes of a file; nothing is decoded yet."""
        self.data, self.path = data, path
        self._decoded: dict[int, np.ndarray] = {}

    def __call__(self, image_id: str = "", side: int | None = None) -> np.ndarray:
        """Return (height, width, 3) uint8 RGB of the upright image, whatever it is called.

        Raises:
            UnreadableImage: the bytes give no pixels.
        """
        scale = 1 if side is None else scale_for(BytesIO(self.data), side)
        if scale not in self._decoded:
            self._decoded[scale] = decode_bytes(self.data, str(self.path), scale)
        return self._decoded[scale]


def file_reader(root: Path) -> Reader:
    """Return the reader that decodes an image's file under `root` each time it is asked."""
    return partial(read_pixels, root)


def read_pixels(root: Path, image_id: str, side: int | None = None) -> np.ndarray:
    """Return (height, width, 3) uint8 RGB of an image that the catalogue lists as ok; `side` as for `Reader`.

    Raises:
        LookalikeError: it cannot be read any more.
    """
    path = root / image_id
    try:
        return decode(path, 1 if side is None else scale_for(path, side))
    except UnreadableImage as error:
        raise changed(path, error.reason) from error


def changed(path: Path, reason: str) -> LookalikeError:
    """Return the error that names an image that is not what the catalogue lists, and what to do about it."""
    return LookalikeError(
        f"{path}: {reason}, but the catalogue lists it as readable; the file has changed "
        "since. Restore it, or run `dvc repro` to list the images anew"
    )
