"""How alike every query and every gallery image are, worked out no further than someone asks.

Plain cosine is ranked without the full matrix, and what looks at a query's own scores alone in blocks of queries. What
needs all scores at once says so by `check_dense`, and is refused where they are too many.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from lookalike.kit.errors import LookalikeError
from lookalike.retrieval.embeddings import Placed
from lookalike.retrieval.nearest import top_k
from lookalike.retrieval.select import best
from lookalike.retrieval.vectors import cosine

# Cells of one block of scores: 128 MB in float32, and some times that while rules and corrections work on it.
BLOCK_CELLS = 1 << 25
# Most cells of a matrix that is held in full: 0.5 GB in float32, and some times that while it is worked on.
DENSE_CELLS = 1 << 27


def fits_dense(rows: int, columns: int) -> bool:
    """Return whether a matrix of that shape may be held in full."""
    return rows * columns <= DENSE_CELLS


def check_dense(key: str, rows: int, columns: int, instead: str) -> None:
    """Refuse a matrix that is too large to be held in full.

    Args:
        key: of the params, with its value: what asks for the matrix.
        rows: of the matrix.
        columns: of the matrix.
        instead: what to set for a dataset of this size.

    Raises:
        LookalikeError: it has more than `DENSE_CELLS` cells.
    """
    if not fits_dense(rows, columns):
        raise LookalikeError(
            f"{key} holds a matrix of {rows:,} × {columns:,} = {rows * columns:,} cells, and is refused above "
            f"{DENSE_CELLS:,}; {instead}"
        )


@dataclass(frozen=True)
class Similarity(ABC):
    """What every correction of scores takes and returns.

    Attributes:
        placed: the vectors that are compared, and what may be learned from.
    """

    placed: Placed

    @abstractmethod
    def rows(self, queries: slice) -> np.ndarray:
        """Return the scores of consecutive queries, (n, n_gallery) float32."""

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield the scores of all queries in order, as many at a time as may be held."""
        n, step = len(self.placed.query), max(1, BLOCK_CELLS // max(len(self.placed.gallery), 1))
        for start in range(0, max(n, 1), step):
            yield self.rows(slice(start, min(start + step, n)))

    def scores(self) -> np.ndarray:
        """Return the full (n_query, n_gallery) float32 matrix."""
        return np.concatenate(list(self.blocks()))

    def top(self, depth: int) -> tuple[np.ndarray, np.ndarray]:
        """Return column (n_query, depth) int32 and score (n_query, depth) float32, best first, ties by lower column."""
        parts = [best(block, depth) for block in self.blocks()]
        columns, scores = zip(*parts, strict=True)
        return np.concatenate(columns), np.concatenate(scores)

    def corrected(self, scores: np.ndarray) -> "Scores":
        """Return the same queries and gallery with other scores, (n_query, n_gallery)."""
        return Scores(self.placed, scores.astype(np.float32, copy=False))

    def by_query(self, correct: "Correct") -> "ByQuery":
        """Return scores that are corrected query by query, a block of queries at a time."""
        return ByQuery(self.placed, self, correct)


@dataclass(frozen=True)
class Cosines(Similarity):
    """Plain cosine: where corrections of scores begin."""

    def rows(self, queries: slice) -> np.ndarray:
        """Return the cosines of consecutive queries."""
        return cosine(self.placed.query[queries], self.placed.gallery)

    def top(self, depth: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the nearest, found without the full matrix."""
        return top_k(self.placed.query, self.placed.gallery, depth)


@dataclass(frozen=True)
class Scores(Similarity):
    """Scores that are held in full.

    Attributes:
        values: (n_query, n_gallery) float32.
    """

    values: np.ndarray

    def rows(self, queries: slice) -> np.ndarray:
        """Return the scores of consecutive queries."""
        return self.values[queries]


# From the scores of some queries, (n, n_gallery), and which they are, to other scores of theirs.
Correct = Callable[[np.ndarray, slice], np.ndarray]


@dataclass(frozen=True)
class ByQuery(Similarity):
    """Scores of which each query's depend on no other query's.

    Attributes:
        before: the similarity that is corrected.
        correct: how.
    """

    before: Similarity
    correct: Correct

    def rows(self, queries: slice) -> np.ndarray:
        """Return the corrected scores of consecutive queries."""
        return self.correct(self.before.rows(queries), queries).astype(np.float32, copy=False)
