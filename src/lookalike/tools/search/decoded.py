"""Pixels of a few images, kept between passes over them."""

from pathlib import Path
from threading import Lock

import numpy as np

from lookalike.faces.pixels import read_pixels
from lookalike.kit.images.decode import scale_for


class DecodedImages:
    """A reader that decodes each image once, as long as its memory lasts."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Read images under a folder.

        Args:
            folder: what image ids are relative to.
            most_bytes: of pixels that are kept; images beyond them are decoded each time.
        """
        self._folder, self._free = folder, most_bytes
        self._kept: dict[tuple[str, int], np.ndarray] = {}
        self._lock = Lock()

    def __call__(self, image_id: str, side: int | None = None) -> np.ndarray:
        """Return (height, width, 3) uint8 RGB; `side` as for `faces.pixels.Reader`.

        Raises:
            LookalikeError: the file cannot be read any more.
        """
        key = (image_id, 1 if side is None else scale_for(self._folder / image_id, side))
        if key in self._kept:
            return self._kept[key]
        pixels = read_pixels(self._folder, image_id, side)
        with self._lock:
            if pixels.nbytes <= self._free:
                self._kept[key] = pixels
                self._free -= pixels.nbytes
        return pixels
