"""How alike every query and every gallery image are, worked out no further than someone asks.

Plain cosine is ranked without the full matrix; a method that holds blocks of it yields them one by one.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lookalike.retrieval.embeddings import Placed
from lookalike.retrieval.nearest import top_k
from lookalike.retrieval.select import best
from lookalike.retrieval.vectors import cosine


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
        yield self.rows(slice(0, len(self.placed.query)))

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
