"""Faces that a detector proposes in one image."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from lookalike.faces.table import Face


@dataclass(frozen=True)
class Candidates:
    """Faces proposed in one image, in pixels of that image.

    Attributes:
        box: (n, 4) float32 x1, y1, x2, y2.
        score: (n,) float32 confidence in 0..1.
        landmarks: (n, 5, 2) float32, as in `Face`.
    """

    box: np.ndarray
    score: np.ndarray
    landmarks: np.ndarray

    def __len__(self) -> int:
        return len(self.score)

    @classmethod
    def of(cls, faces: list[Face]) -> Self:
        """Return the candidates that faces of one image are; at least one."""
        box, landmarks = (np.stack([getattr(face, name) for face in faces]) for name in ("box", "landmarks"))
        return cls(box, np.array([face.score for face in faces], dtype=np.float32), landmarks)

    def face(self, index: int, detector: str) -> Face:
        """Return one candidate as the face that a detector found."""
        return Face(detector, float(self.score[index]), self.box[index], self.landmarks[index])

    def rows(self, index: np.ndarray) -> Self:
        """Return the candidates that a boolean mask or an integer index picks."""
        return type(self)(self.box[index], self.score[index], self.landmarks[index])

    def joined(self, other: Self) -> Self:
        """Return the candidates of both."""
        return type(self)(
            *(np.concatenate([getattr(self, name), getattr(other, name)]) for name in ("box", "score", "landmarks"))
        )

    def moved(self, scale: float, offset: float) -> Self:
        """Return the candidates with every coordinate c at c · scale + offset."""
        box, landmarks = (part * np.float32(scale) + np.float32(offset) for part in (self.box, self.landmarks))
        return type(self)(box, self.score, landmarks)


def no_candidates() -> Candidates:
    """Return an empty proposal."""
    return Candidates(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 5, 2), np.float32))
