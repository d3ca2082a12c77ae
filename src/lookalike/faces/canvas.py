"""Images on equal black canvases, so that a detector sees many at once and has room around a tight crop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from lookalike.faces.candidates import Candidates


@dataclass(frozen=True)
class Canvas:
    """An image at the detectors' resolution, with a black border.

    Attributes:
        pixels: (height, width, 3) uint8, border included.
        scale: pixels of the canvas for one of the image.
        border: black pixels before the image's first column and row.
        size: width and height of the image, in its own pixels.
    """

    pixels: np.ndarray
    scale: float
    border: int
    size: tuple[int, int]

    @classmethod
    def of(cls, image: np.ndarray, side: int, border: float) -> Self:
        """Put an image on a canvas.

        Args:
            image: (height, width, 3) uint8.
            side: longer side that a larger image is shrunk to; a smaller one stays as it is.
            border: share of the longer side.
        """
        height, width = image.shape[:2]
        scale = min(1.0, side / max(width, height))
        if scale < 1:
            size = (max(round(width * scale), 1), max(round(height * scale), 1))
            image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        black = round(max(image.shape[:2]) * border)
        framed = cv2.copyMakeBorder(image, black, black, black, black, cv2.BORDER_CONSTANT)
        return cls(framed, scale, black, (width, height))

    def to_image(self, candidates: Candidates) -> Candidates:
        """Return candidates found on the canvas in pixels of the image."""
        return candidates.moved(1 / self.scale, -self.border / self.scale)

    def from_image(self, box: np.ndarray) -> np.ndarray:
        """Return boxes (n, 4) given in pixels of the image in pixels of the canvas."""
        return (box * self.scale + self.border).astype(np.float32)


def stack(canvases: Sequence[Canvas]) -> np.ndarray:
    """Return (n, height, width, 3) uint8: every canvas, filled up with black at the right and the bottom."""
    height, width = (max(one.pixels.shape[axis] for one in canvases) for axis in (0, 1))
    stacked = np.zeros((len(canvases), height, width, 3), dtype=np.uint8)
    for row, one in zip(stacked, canvases, strict=True):
        row[: one.pixels.shape[0], : one.pixels.shape[1]] = one.pixels
    return stacked
