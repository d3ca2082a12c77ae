"""A ranking: for every query, gallery images from the most to the least similar."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa

from lookalike.kit.columns import as_numpy, from_numpy, from_texts, numbers
from lookalike.kit.errors import LookalikeError
from lookalike.kit.parquet import read_table, write_table

# Rows of a ranking's table where retrieval.depth is 0: 160 MB, ids not counted. Fewer than `LEAST` answers are never
# kept, since the competition counts the first ten.
BUDGET, LEAST = 10_000_000, 10
# Rows of one file: 64 MB, ids not counted.
FILE_ROWS = 1 << 22

# From a depth to the first answers of every query: order and score, as a ranking holds them.
Top = Callable[[int], tuple[np.ndarray, np.ndarray]]


def depth_within(depth: int, n_query: int, n_gallery: int) -> int:
    """Return how many gallery images are kept for each query.

    Args:
        depth: `retrieval.depth`; 0 keeps the whole gallery as far as a table of `BUDGET` rows has room for it.
        n_query: queries.
        n_gallery: gallery images.
    """
    return min(depth or max(LEAST, BUDGET // max(n_query, 1)), n_gallery)


@dataclass(frozen=True)
class Ranking:
    """The first `depth` gallery images of every query.

    Attributes:
        query_id: (n_query,) image ids.
        gallery_id: (n_gallery,) image ids, sorted.
        order: (n_query, depth) int32 positions in `gallery_id`, best first; ties by gallery id.
        score: (n_query, depth) float32 similarities, never increasing along a row.
    """

    query_id: np.ndarray
    gallery_id: np.ndarray
    order: np.ndarray
    score: np.ndarray

    def __post_init__(self) -> None:
        if self.order.shape != self.score.shape or self.order.ndim != 2 or len(self.order) != len(self.query_id):
            raise LookalikeError(
                f"ranking of {len(self.query_id)} queries has order {self.order.shape} and score {self.score.shape}"
            )
        if not np.isfinite(self.score).all():
            raise LookalikeError("ranking holds scores that are not finite; check the embeddings")

    @property
    def depth(self) -> int:
        """How many gallery images each query has."""
        return self.order.shape[1]

    @classmethod
    def of(cls, query_id: np.ndarray, gallery_id: np.ndarray, top: Top, depth: int) -> Self:
        """Rank by what finds the first answers.

        Args:
            query_id: (n_query,) image ids.
            gallery_id: (n_gallery,) image ids, sorted.
            top: finds them.
            depth: `retrieval.depth`.
        """
        return cls(query_id, gallery_id, *top(depth_within(depth, len(query_id), len(gallery_id))))

    @classmethod
    def from_similarity(cls, query_id: np.ndarray, gallery_id: np.ndarray, similarity: np.ndarray, depth: int) -> Self:
        """Rank by a full similarity matrix.

        Args:
            query_id: (n_query,) image ids.
            gallery_id: (n_gallery,) image ids, sorted, so that a stable sort breaks ties by id.
            similarity: (n_query, n_gallery), higher is closer.
            depth: how many gallery images to keep; 0 keeps all.
        """
        depth = min(depth or len(gallery_id), len(gallery_id))
        similarity = similarity.astype(np.float32, copy=False)
        order = np.argsort(-similarity, axis=1, kind="stable")[:, :depth].astype(np.int32)
        return cls(query_id, gallery_id, order, np.take_along_axis(similarity, order, axis=1))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a ranking written by `write`."""
        table = read_table(path, ["query_id", "rank", "gallery_id", "score"])
        query = table.column("query_id").combine_chunks().dictionary_encode()
        gallery = table.column("gallery_id").combine_chunks().dictionary_encode()
        query_id = np.array(query.dictionary.to_pylist(), dtype=object)
        names = np.array(gallery.dictionary.to_pylist(), dtype=object)
        sorting = np.argsort(names, kind="stable")
        position = np.empty(len(names), dtype=np.int32)
        position[sorting] = np.arange(len(names), dtype=np.int32)
        shape = (len(query_id), len(table) // max(len(query_id), 1))
        order = position[as_numpy(gallery.indices)] if len(names) else np.zeros(0, np.int32)
        return cls(query_id, names[sorting], order.reshape(shape), numbers(table, "score").reshape(shape))

    def write(self, path: Path) -> None:
        """Write one row for each query and rank as Parquet, atomically; above `FILE_ROWS` a folder of files."""
        n_query, depth = self.order.shape
        query = np.repeat(np.arange(n_query, dtype=np.int32), depth)
        columns = {
            "query_id": _dictionary(query, self.query_id),
            "rank": np.tile(np.arange(1, depth + 1, dtype=np.int32), n_query),
            "gallery_id": _dictionary(self.order.reshape(-1), self.gallery_id),
            "score": self.score.reshape(-1).astype(np.float32),
        }
        write_table(path, columns, dictionary=("query_id", "rank", "gallery_id"), rows=FILE_ROWS)


def _dictionary(index: np.ndarray, values: np.ndarray) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(from_numpy(index.astype(np.int32)), from_texts(values))
