"""The pixels of catalogued images."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.kit.images import UnreadableImage, decode

# From an image id to (height, width, 3) uint8 RGB.
Reader = Callable[[str], np.ndarray]


def file_reader(root: Path) -> Reader:
    """Return the reader that decodes an image's file under `root` each time it is asked."""
    return partial(read_pixels, root)


def read_pixels(root: Path, image_id: str) -> np.ndarray:
    """Return (height, width, 3) uint8 RGB of an image that the catalogue lists as ok.

    Raises:
        LookalikeError: it cannot be read any more.
    """
    try:
        return decode(root / image_id)
    except UnreadableImage as error:
        raise LookalikeError(
            f"{root / image_id}: {error.reason}, but the catalogue lists it as readable; the file has changed "
            "since. Restore it, or run `dvc repro` to list the images anew"
        ) from error
