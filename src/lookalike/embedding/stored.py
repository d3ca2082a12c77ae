"""An embedding table whose vectors stay on disk, and are read a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np

from lookalike.embedding.table import KEYS, EmbeddingTable, check_keys, check_unit_rows
from lookalike.kit.columns import categories, texts
from lookalike.kit.parquet import metadata_of, read_table, stream_matrix

NOTHING = np.zeros((0, 0), dtype=np.float32)


@dataclass(frozen=True)
class StoredTable:
    """Rows of an embedding table in a file, or in a folder of files.

    Attributes:
        path: that holds the vectors.
        place: (n,) int64 which of its rows these are, increasing.
        image_id: (n,) catalogue keys; split, domain, label and metadata: as in an `EmbeddingTable`.
    """

    path: Path
    place: np.ndarray
    image_id: np.ndarray
    split: np.ndarray
    domain: np.ndarray
    label: np.ndarray
    metadata: dict[str, str]

    def __post_init__(self) -> None:
        check_keys(self.image_id, self.split, self.label)

    def __len__(self) -> int:
        return len(self.image_id)

    @property
    def dim(self) -> int:
        """Length of one embedding."""
        return next((block.shape[1] for block in stream_matrix(self.path, "embedding")), 0)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read a table's keys, once all its bytes are known to be those that were written."""
        table = read_table(path, [*KEYS, "embedding"], vectors=False)
        keys = {key: (texts if key == "image_id" else categories)(table, key) for key in KEYS}
        return cls(path=path, place=np.arange(len(table)), **keys, metadata=metadata_of(table))

    def rows(self, index: np.ndarray) -> Self:
        """Return the rows that a boolean mask or an increasing integer index picks; nothing is read."""
        return replace(self, place=self.place[index], **{key: getattr(self, key)[index] for key in KEYS})

    def parts(self, rows: int) -> Iterator[np.ndarray]:
        """Yield the vectors in order, (rows, dim) float32 at a time and at last those that are left.

        Raises:
            LookalikeError: vectors are not of length 1.
        """
        given = end = 0
        part = NOTHING
        for block in stream_matrix(self.path, "embedding"):
            start, end = end, end + len(block)
            chosen = block[self.place[slice(*np.searchsorted(self.place, [start, end]))] - start]
            while len(chosen):
                filled = given % rows
                if not filled:
                    part = np.empty((min(rows, len(self) - given), block.shape[1]), dtype=np.float32)
                taken = chosen[: len(part) - filled]
                part[filled : filled + len(taken)] = taken
                given, chosen = given + len(taken), chosen[len(taken) :]
                if filled + len(taken) == len(part):
                    check_unit_rows(part, self.image_id[given - len(part) : given], self.metadata)
                    yield part
                    part = NOTHING
            if given == len(self):
                return

    def whole(self) -> EmbeddingTable:
        """Return the table with its vectors in memory."""
        read = list(self.parts(max(len(self), 1)))
        vectors = read[0] if read else np.zeros((0, self.dim), dtype=np.float32)
        keys = {key: getattr(self, key) for key in KEYS}
        return EmbeddingTable(**keys, embedding=vectors, metadata=self.metadata)
