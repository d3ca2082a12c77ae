"""An image at the detectors' resolution, with black room around a tight crop."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np

from lookalike.faces.candidates import Candidates
from lookalike.faces.patches import Patches


@dataclass(frozen=True)
class Canvas:
    """An image, shrunk, inside a black border; positions count from the border's first pixel.

    Attributes:
        image: (height, width, 3) uint8 RGB without the border.
        scale: pixels of the canvas for one of the whole image.
        border: black pixels on each side.
        size: width and height of the whole image, in its own pixels.
    """

    image: np.ndarray
    scale: float
    border: int
    size: tuple[int, int]

    @classmethod
    def of(cls, image: np.ndarray, side: int, border: float, size: tuple[int, int] | None = None) -> Self:
        """Put an image on a canvas.

        Args:
            image: (height, width, 3) uint8.
            side: longer side that a larger image is shrunk to; a smaller one stays as it is.
            border: share of the longer side.
            size: width and height of the whole image, where `image` is already a smaller copy of it.
        """
        width, height = size or image.shape[1::-1]
        scale = min(1.0, side / max(width, height))
        shrunk = (max(round(width * scale), 1), max(round(height * scale), 1))
        if shrunk != image.shape[1::-1]:
            image = cv2.resize(image, shrunk, interpolation=cv2.INTER_AREA)
        return cls(image, scale, round(max(shrunk) * border), (width, height))

    @cached_property
    def pixels(self) -> np.ndarray:
        """(height, width, 3) uint8 RGB, border included."""
        black = self.border
        return cv2.copyMakeBorder(self.image, black, black, black, black, cv2.BORDER_CONSTANT)

    @cached_property
    def patches(self) -> Patches:
        """What is cut out of the canvas."""
        return Patches.of(self.image, self.border)

    def to_image(self, candidates: Candidates) -> Candidates:
        """Return candidates found on the canvas in pixels of the image."""
        return candidates.moved(1 / self.scale, -self.border / self.scale)

    def from_image(self, box: np.ndarray) -> np.ndarray:
        """Return boxes (n, 4) given in pixels of the image in pixels of the canvas."""
        return (box * self.scale + self.border).astype(np.float32)
