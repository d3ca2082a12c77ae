"""The prior: where faces usually are, as learned from images whose faces are known, and what follows from it."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.catalog.table import Catalog
from lookalike.faces.boxes import around, sides
from lookalike.faces.table import FaceTable
from lookalike.kit.errors import LookalikeError

_SCALES = (0.6, 0.75, 0.95, 1.2)
_SHIFTS = (-0.2, -0.1, 0.0, 0.1, 0.2)


@dataclass(frozen=True)
class Prior:
    """The known faces of images that are framed alike.

    Attributes:
        share: (n, 7, 2) float64: five landmarks and two corners of each face's box, as shares of its image's width
            and height. An empty one (n = 0) knows nothing.
    """

    share: np.ndarray

    def __post_init__(self) -> None:
        if self.share.ndim != 3 or self.share.shape[1:] != (7, 2):
            raise LookalikeError(f"a prior has shape {self.share.shape}; expected (n, 7, 2)")

    def __len__(self) -> int:
        return len(self.share)

    @classmethod
    def empty(cls) -> Self:
        """Return the prior that knows nothing."""
        return cls(np.zeros((0, 7, 2)))

    @classmethod
    def learn(cls, points: np.ndarray, size: np.ndarray) -> Self:
        """Learn from faces.

        Args:
            points: (n, 7, 2) float32 landmarks and corners in pixels.
            size: (n, 2) whole width and height of their images.
        """
        return cls(points / size[:, None].astype(np.float64))

    @classmethod
    def of_table(cls, images: Catalog, faces: FaceTable) -> Self:
        """Learn from those faces of a table that a detector found; `images` are their catalogue rows."""
        return cls.learn(faces.points[faces.found], images.size[faces.found])

    def joined(self, other: Self) -> Self:
        """Return what both know."""
        return type(self)(np.concatenate([self.share, other.share]))

    @property
    def box(self) -> np.ndarray:
        """(n, 4) x1, y1, x2, y2 as shares of the image."""
        return self.share[:, 5:].reshape(-1, 4)

    @property
    def place(self) -> np.ndarray:
        """(4,): the median box; n > 0."""
        return np.asarray(np.median(self.box, axis=0))

    @property
    def median(self) -> np.ndarray:
        """(7, 2) float32: the median of landmarks and corners, as shares of the image; n > 0."""
        return np.asarray(np.median(self.share.astype(np.float32), axis=0))


def doubtful(relative: np.ndarray) -> np.ndarray:
    """Tell which boxes are far smaller than the others, as an eye taken for a face is.

    Args:
        relative: (n, 4) boxes as shares of their images' width and height.

    Returns:
        (n,) bool: log size below the median by more than four robust standard deviations and a factor of two.
    """
    size = np.log(np.maximum(sides(relative), 1e-6)).mean(axis=1)
    below = np.median(size) - size
    deviation = 1.4826 * np.median(np.abs(below))
    return np.asarray(below > max(4 * deviation, np.log(2)))


def candidate_boxes(place: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return (k, 4) float32 square boxes in pixels of an image, at and around a place (4,) given as shares of it."""
    frame = np.array([width, height])
    centre = (place[:2] + place[2:]) / 2 * frame
    half = ((place[2:] - place[:2]) * frame).max() / 2
    return around(np.concatenate([centre - half, centre + half])[None], _SCALES, _SHIFTS)[0]
