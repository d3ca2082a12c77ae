"""The face table: where the face of every readable image is, and which detector found it."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.kit.columns import matrix, numbers, texts
from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import read_table, write_table

FALLBACK = "centre"


@dataclass(frozen=True)
class Face:
    """The face of one image.

    Attributes:
        detector: name of the detector that found it.
        score: confidence in 0..1.
        box: (4,) float32 x1, y1, x2, y2 in pixels.
        landmarks: (5, 2) float32 x, y: eye, eye, nose, mouth corner, mouth corner, image-left first.
    """

    detector: str
    score: float
    box: np.ndarray
    landmarks: np.ndarray

    @property
    def points(self) -> np.ndarray:
        """(7, 2) landmarks and the two corners of the box."""
        return np.concatenate([self.landmarks, self.box.reshape(2, 2)])


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

    @property
    def points(self) -> np.ndarray:
        """(n, 7, 2) float32 landmarks and the two corners of each box."""
        return np.concatenate([self.landmarks, self.box.reshape(-1, 2, 2)], axis=1)

    def face(self, row: int) -> Face:
        """Return the face of one image."""
        return Face(str(self.detector[row]), float(self.score[row]), self.box[row], self.landmarks[row])

    def rows(self, index: np.ndarray) -> Self:
        """Return the rows that a boolean mask or an integer index picks."""
        return type(self)(**{field.name: getattr(self, field.name)[index] for field in fields(self)})

    def require(self, image_id: np.ndarray) -> Self:
        """Return the table if it is of these images (n,), in their order.

        Raises:
            LookalikeError: it is of others.
        """
        if not np.array_equal(self.image_id, image_id):
            raise LookalikeError("the face table is of another catalogue than the images; run `dvc repro faces`")
        return self

    def of_images(self, image_id: np.ndarray) -> Self:
        """Return the rows of some of the table's images, (n,) in ascending order.

        Raises:
            LookalikeError: it lacks one.
        """
        return self.rows(np.isin(self.image_id, image_id)).require(image_id)

    def joined(self, other: Self) -> Self:
        """Return the rows of both tables, sorted by image id; of an image that both know, the row of the first."""
        columns = {
            field.name: np.concatenate([getattr(self, field.name), getattr(other, field.name)])
            for field in fields(self)
        }
        _, first = np.unique(columns["image_id"].astype(str), return_index=True)
        return type(self)(**columns).rows(first)

    @classmethod
    def of(cls, image_id: np.ndarray, faces: Sequence[Face]) -> Self:
        """Return the table of (n,) images and their n faces."""
        points = np.array([face.points for face in faces], dtype=np.float32).reshape(-1, 7, 2)
        return cls(
            image_id=image_id,
            detector=np.array([face.detector for face in faces], dtype=object),
            score=np.array([face.score for face in faces], dtype=np.float32),
            box=points[:, 5:].reshape(-1, 4),
            landmarks=points[:, :5],
        )

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
