"""Rectangles cut out of an image at any resolution; what lies outside the image is black."""

from dataclasses import dataclass
from math import ceil, log2
from typing import Self

import cv2
import numpy as np


@dataclass(frozen=True)
class Patches:
    """An image and its halves, so that a patch samples pixels at most two apart and skips none.

    Attributes:
        halves: (height, width, 3) uint8, each with half the pixels a side of the one before, rounded up.
        border: black pixels before the image's first column and row; positions count from the first of them.
    """

    halves: tuple[np.ndarray, ...]
    border: int = 0

    @classmethod
    def of(cls, image: np.ndarray, border: int = 0) -> Self:
        """Halve an image (height, width, 3) uint8 until one pixel is left across."""
        halves = [image]
        while min(halves[-1].shape[:2]) > 1:
            height, width = halves[-1].shape[:2]
            even = cv2.copyMakeBorder(halves[-1], 0, height % 2, 0, width % 2, cv2.BORDER_CONSTANT)
            halves.append(cv2.resize(even, (even.shape[1] // 2, even.shape[0] // 2), interpolation=cv2.INTER_AREA))
        return cls(tuple(halves), border)

    def cut(self, corner: tuple[float, float], step: tuple[float, float], size: tuple[int, int]) -> np.ndarray:
        """Return a patch (height, width, 3) uint8.

        Args:
            corner: x, y of its first corner along the edges of pixels: pixel i covers i..i+1.
            step: pixels of the image for one of the patch, in x and in y; negative ones mirror.
            size: width and height of the patch.
        """
        level = min(max(ceil(log2(max(map(abs, step)) / 2)), 0), len(self.halves) - 1)
        factor = 1 / 2**level
        # The middle of the patch's first pixel, in pixels of the half, whose middles are whole numbers.
        x, y = ((at - self.border + along / 2) * factor - 0.5 for at, along in zip(corner, step, strict=True))
        matrix = np.array([[step[0] * factor, 0, x], [0, step[1] * factor, y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(self.halves[level], matrix, size, flags=flags, borderValue=0)

    def chips(self, box: np.ndarray, size: int, mirrored: np.ndarray | None = None) -> np.ndarray:
        """Return (n, size, size, 3) uint8: what boxes (n, 4) hold, mirrored where a mask (n,) says so."""
        chips = np.empty((len(box), size, size, 3), dtype=np.uint8)
        flip = np.zeros(len(box), dtype=bool) if mirrored is None else mirrored
        for chip, (x1, y1, x2, y2), flipped in zip(chips, box.tolist(), flip.tolist(), strict=True):
            start, end = (x2, x1) if flipped else (x1, x2)
            chip[:] = self.cut((start, y1), ((end - start) / size, (y2 - y1) / size), (size, size))
        return chips
