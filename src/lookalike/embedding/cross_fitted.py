"""Training images as models see them that were not fitted on everyone: what a tuner may believe."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.embedding.table import EmbeddingTable
from lookalike.kit.columns import matrix, numbers, texts
from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import read_table, write_table


@dataclass(frozen=True)
class CrossFitted:
    """Vectors of all training images under several models, each fitted without one part of the identities.

    Attributes:
        part: (n,) int64, ascending: the part that a row's model was fitted without.
        image_id: (n,) catalogue keys, the same ones ascending for each part.
        embedding: (n, dim) float32, rows of unit length.
    """

    part: np.ndarray
    image_id: np.ndarray
    embedding: np.ndarray

    @classmethod
    def of(cls, image_id: np.ndarray, vectors: Mapping[int, np.ndarray], dim: int) -> Self:
        """Join each part's vectors (n_train, dim) of the training images."""
        part = np.repeat(np.array(sorted(vectors), dtype=np.int64), len(image_id))
        rows = [vectors[number] for number in sorted(vectors)]
        return cls(part, np.tile(image_id, len(vectors)), np.concatenate([np.empty((0, dim), np.float32), *rows]))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a table written by `write`."""
        table = read_table(path, ["part", "image_id", "embedding"])
        return cls(numbers(table, "part"), texts(table, "image_id"), matrix(table, "embedding"))

    def write(self, path: Path) -> None:
        """Write the table as Parquet, atomically."""
        columns = {"part": self.part, "image_id": self.image_id, "embedding": self.embedding}
        write_table(path, columns, {}, dictionary=("image_id",))


def unseen(table: EmbeddingTable, apart: CrossFitted) -> Mapping[int, np.ndarray] | None:
    """Return, for each part of the identities that a model can be judged by, its vectors of all training images.

    Args:
        table: the vectors of the model that is kept.
        apart: those of the models fitted without one part.

    Returns:
        Part -> (n_train, dim) float32 in the order of the table's training rows; None where nothing was fitted, so that
        everyone may judge the table's own vectors.

    Raises:
        LookalikeError: the vectors are of other images.
    """
    train = table.of_split("train")
    if not table.fitted:
        return None
    if not len(apart.part):
        return {0: train.embedding}
    return {int(part): _rows(train, apart, part) for part in np.unique(apart.part)}


def _rows(train: EmbeddingTable, apart: CrossFitted, part: int) -> np.ndarray:
    own = apart.part == part
    place = np.searchsorted(apart.image_id[own], train.image_id)
    if not np.array_equal(apart.image_id[own][np.minimum(place, own.sum() - 1)], train.image_id):
        raise LookalikeError(
            f"model {train.metadata.get('model', '?')}: the models fitted without one part embedded other training "
            "images than the one that is kept; run `dvc repro`"
        )
    return apart.embedding[own][place]
