"""Pixels of a few images, kept between passes over them."""

from pathlib import Path
from threading import Lock

import numpy as np

from lookalike.faces.pixels import read_pixels


class DecodedImages:
    """A reader that decodes each image once, as long as its memory lasts."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Read images under a folder.

        Args:
            folder: what image ids are relative to.
            most_bytes: of pixels that are kept; images beyond them are decoded each time.
        """
        self._folder, self._free = folder, most_bytes
        self._kept: dict[str, np.ndarray] = {}
        self._lock = Lock()

    def __call__(self, image_id: str) -> np.ndarray:
        """Return (height, width, 3) uint8 RGB.

        Raises:
            LookalikeError: the file cannot be read any more.
        """
        if image_id in self._kept:
            return self._kept[image_id]
        pixels = read_pixels(self._folder, image_id)
        with self._lock:
            if pixels.nbytes <= self._free:
                self._kept[image_id] = pixels
                self._free -= pixels.nbytes
        return pixels
