"""The face table: where the face of every readable image is, and who says so."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import matrix, numbers, read_table, texts, write_table

FALLBACK = "median"


@dataclass(frozen=True)
class FaceTable:
    """One face an image, in the catalogue's order.

    Attributes:
        image_id: (n,) catalogue keys.
        detector: (n,) name of the detector that found the face, `FALLBACK` where none did.
        score: (n,) float32 confidence in 0..1; 0 for a fallback.
        box: (n, 4) float32 x1, y1, x2, y2 in pixels of the upright image; may reach outside it.
        landmarks: (n, 5, 2) float32 x, y in pixels: eye, eye, nose, mouth corner, mouth corner, image-left first.
    """

    image_id: np.ndarray
    detector: np.ndarray
    score: np.ndarray
    box: np.ndarray
    landmarks: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.image_id)
        expected = {"detector": (n,), "score": (n,), "box": (n, 4), "landmarks": (n, 5, 2)}
        found = {name: getattr(self, name).shape for name in expected}
        if found != expected:
            raise LookalikeError(f"face table has shapes {found}; expected {expected}")
        if not (np.isfinite(self.box).all() and np.isfinite(self.landmarks).all()):
            raise LookalikeError("face table holds boxes or landmarks that are not finite")

    def __len__(self) -> int:
        return len(self.image_id)

    @property
    def found(self) -> np.ndarray:
        """(n,) bool: a detector found this face."""
        return self.detector != FALLBACK

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a face table written by `write`."""
        table = read_table(path, [field.name for field in fields(cls)])
        return cls(
            image_id=texts(table, "image_id"),
            detector=texts(table, "detector"),
            score=numbers(table, "score"),
            box=matrix(table, "box"),
            landmarks=matrix(table, "landmarks").reshape(-1, 5, 2),
        )

    def write(self, path: Path) -> None:
        """Write the table as Parquet, atomically."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)}
        columns["landmarks"] = self.landmarks.reshape(-1, 10)
        write_table(path, columns, dictionary=("detector",))
