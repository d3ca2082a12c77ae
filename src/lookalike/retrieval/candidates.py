"""Which gallery images can be among a query's first answers, kept while float32 scores of the gallery pass by.

A float32 inner product of vectors of length 1 differs from the true one by at most (dim + 2) 2^-24, in whatever order
it is summed (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1). So an image whose float32
score is below the depth-th best so far by more than twice that cannot be among the first `depth`: no candidate is
missed, however scores are blocked and on however many threads.
"""

from dataclasses import dataclass, field

import numpy as np

from lookalike.retrieval.select import INDEX_BITS, descending, places_of_first, scores_of

# Numbers of one block of float64 work: 1 MB a side, so that it stays in the cache.
SETTLED_CELLS = 1 << 17
# Rows of embeddings are of length 1 to a thousandth; the rest is for float64's own rounding.
LENGTHS = 1.01


@dataclass
class Candidates:
    """The candidates of a few queries in one part of a gallery.

    Attributes:
        query: (n_query, dim) float32 unit rows.
        part: (n, dim) float32 unit rows, in memory or mapped from disk.
        depth: answers asked for, at least 1.
        known: (n_query,) float32 scores below which no answer is wanted any more, as other parts gave better ones.
    """

    query: np.ndarray
    part: np.ndarray
    depth: int
    known: np.ndarray | None = None
    _row: np.ndarray = field(init=False, repr=False)
    _column: np.ndarray = field(init=False, repr=False)
    _score: np.ndarray = field(init=False, repr=False)
    _floor: np.ndarray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._row, self._column = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        self._score = np.zeros(0, dtype=np.float32)
        lowest = np.full(len(self.query), -np.inf, dtype=np.float32)
        self._floor = lowest if self.known is None else self.known
        self._margin = np.float32(2 * LENGTHS * (self.query.shape[1] + 4) * 2.0**-24)

    def add(self, scores: np.ndarray, start: int) -> None:
        """Take in what may still be among the first answers.

        Args:
            scores: (n_query, n) float32 products with the part's rows `start` to start + n.
            start: see there.
        """
        if self.known is None and len(self._score) == 0 and scores.shape[1] >= self.depth:
            self._raise_floor(np.partition(scores, -self.depth, axis=1)[:, -self.depth])
        found = np.flatnonzero(scores >= (self._floor - self._margin)[:, None])
        row, column = np.divmod(found, scores.shape[1])
        self._row = np.concatenate([self._row, row])
        self._column = np.concatenate([self._column, column + start])
        self._score = np.concatenate([self._score, scores.reshape(-1)[found]])
        room = 2 * len(self.query) * self.depth
        if len(self._score) > room:
            self._drop_hopeless()
        if len(self._score) > room:
            # So many images are as good as the last answer that rounding hides which: ask float64.
            self._keep(np.sort(places_of_first(self._row, self._exact(), self.depth)))

    def settled(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the first answers, best first, ties by lower row of the part: row int32, similarity float32.

        (n_query, depth) each; where scores were known, of fewer columns, and -inf where a query has fewer still.
        """
        self._drop_hopeless()
        exact = self._exact()
        # A query's candidates are held in the order of their columns.
        place = places_of_first(self._row, exact, self.depth)
        row, count = self._row[place], np.bincount(self._row[place], minlength=len(self.query))
        column = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        order = np.zeros((len(self.query), count.max()), dtype=np.int32)
        score = np.full(order.shape, -np.inf, dtype=np.float32)
        order[row, column], score[row, column] = self._column[place], exact[place]
        return order, score

    def _drop_hopeless(self) -> None:
        """Raise the floor to each query's depth-th best candidate, and keep what is not below it."""
        if len(self._row) == 0:
            return
        count = np.bincount(self._row, minlength=len(self.query))
        key = np.sort((self._row << INDEX_BITS) + descending(self._score))
        last = key[np.minimum(np.cumsum(count) - count + self.depth, len(key)) - 1]
        rank = last - (np.arange(len(self.query)) << INDEX_BITS)
        self._raise_floor(np.where(count >= self.depth, scores_of(rank), -np.inf))
        self._keep(np.flatnonzero(self._score >= (self._floor - self._margin)[self._row]))

    def _exact(self) -> np.ndarray:
        """Return the candidates' similarities, summed in float64 and rounded once."""
        result = np.empty(len(self._row), dtype=np.float32)
        step = max(1, SETTLED_CELLS // self.query.shape[1])
        for start in range(0, len(result), step):
            some = slice(start, start + step)
            query = self.query[self._row[some]].astype(np.float64)
            result[some] = np.einsum("nd,nd->n", query, self.part[self._column[some]].astype(np.float64))
        return result

    def _raise_floor(self, floor: np.ndarray) -> None:
        self._floor = np.maximum(self._floor, floor).astype(np.float32)

    def _keep(self, places: np.ndarray) -> None:
        self._row, self._column, self._score = self._row[places], self._column[places], self._score[places]
