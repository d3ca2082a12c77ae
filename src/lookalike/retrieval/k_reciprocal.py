"""k-reciprocal re-ranking, sparse: memory grows with the images times k, never with their square.

Source: Zhong, Zheng, Cao and Li, "Re-ranking Person Re-identification with k-reciprocal Encoding", CVPR 2017,
sections 3.2 to 3.5. Distances are 1 - cosine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from lookalike.params.retrieval import KReciprocalOptions
from lookalike.retrieval.nearest import neighbours
from lookalike.retrieval.similarity import Similarity

# Queries answered at once, and cells of their scores.
BLOCK, BLOCK_CELLS = 512, 1 << 25
# Pairs whose cosine is taken at once.
PAIR_BLOCK = 1 << 18


@dataclass(frozen=True)
class Reranked(Similarity):
    """Re-ranked similarities, worked out for a block of queries at a time.

    Attributes:
        before: the similarity that is re-ranked.
        encoding: (n_query, n) CSR: a row weighs, by a sum of 1, the images that the query is mutually near to.
        by_column: (n_gallery, n) CSC: the same of the gallery.
        balance: λ, the share of the similarity before.
    """

    before: Similarity
    encoding: Any
    by_column: Any
    balance: float

    def rows(self, queries: slice) -> np.ndarray:
        """Return (1 - λ) (1 - Jaccard distance) + λ s of consecutive queries, equation 12 as a similarity."""
        overlap = _jaccard(self.encoding[queries], self.by_column)
        return (1 - self.balance) * overlap + self.balance * self.before.rows(queries)

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield (at most BLOCK, n_gallery) scores, queries in order."""
        n, step = len(self.placed.query), max(1, min(BLOCK, BLOCK_CELLS // len(self.placed.gallery)))
        for start in range(0, n, step):
            yield self.rows(slice(start, min(start + step, n)))


def k_reciprocal(similarity: Similarity, options: KReciprocalOptions) -> Similarity:
    """Re-rank by overlap of mutual neighbours, among queries and gallery together (transductive)."""
    placed = similarity.placed
    if not placed.transductive:
        return similarity
    encoding = _encode(np.concatenate([placed.query, placed.gallery]), options)
    n = len(placed.query)
    return Reranked(placed, similarity, encoding[:n], encoding[n:].tocsc(), options.balance)


def _encode(rows: np.ndarray, options: KReciprocalOptions) -> Any:
    """Return the (n, n) sparse encoding: each row a weighting, of sum 1, of the images it is mutually near to."""
    from scipy import sparse  # Here, because ranking by plain cosine should not wait for scipy.

    n = len(rows)
    index, _ = neighbours(rows, max(options.k1, options.k2 - 1))
    index = np.concatenate([np.arange(n)[:, None], index], axis=1)
    wide, narrow = _mutual(index[:, : options.k1 + 1]), _mutual(index[:, : round(options.k1 / 2) + 1])
    # A neighbour's own narrow set joins when two thirds of it are here already (equation 4).
    shared = (wide @ narrow.T).multiply(wide).tocsr()
    size = np.asarray(narrow.sum(axis=1)).ravel()
    shared.data = (shared.data * 3 > size[shared.indices] * 2).astype(np.float32)
    expanded = (wide + shared @ narrow).tocsr()
    expanded.sort_indices()
    weight = np.exp(_pair_cosines(rows, expanded) - 1)
    sums = np.add.reduceat(weight, expanded.indptr[:-1])
    encoding = sparse.csr_array((weight / np.repeat(sums, np.diff(expanded.indptr)), expanded.indices, expanded.indptr))
    return (_averaging(index[:, : options.k2]) @ encoding).tocsr()


def _adjacency(index: np.ndarray) -> Any:
    from scipy import sparse

    n, count = index.shape
    ones = np.ones(n * count, dtype=np.float32)
    return sparse.csr_array((ones, index.reshape(-1), np.arange(0, n * count + 1, count)), shape=(n, n))


def _mutual(index: np.ndarray) -> Any:
    """Return which images are in each other's neighbour list (equation 2)."""
    forward = _adjacency(index)
    return forward.multiply(forward.T).tocsr()


def _averaging(index: np.ndarray) -> Any:
    return _adjacency(index) / np.float32(index.shape[1])


def _pair_cosines(rows: np.ndarray, pattern: Any) -> np.ndarray:
    """Return the cosines of the (row, column) pairs stored in a sparse pattern, in its order."""
    left = np.repeat(np.arange(len(rows)), np.diff(pattern.indptr))
    result = np.empty(len(left), dtype=np.float32)
    for start in range(0, len(left), PAIR_BLOCK):
        pairs = slice(start, start + PAIR_BLOCK)
        result[pairs] = np.einsum("nd,nd->n", rows[left[pairs]], rows[pattern.indices[pairs]])
    return result


def _jaccard(query: Any, gallery: Any) -> np.ndarray:
    """Return Σ min / Σ max of sparse encodings (equations 7 and 10): (n_query, n_gallery) float32.

    Args:
        query: (n_query, n) CSR, rows of sum 1.
        gallery: (n_gallery, n) CSC, rows of sum 1.
    """
    overlap = np.empty((query.shape[0], gallery.shape[0]), dtype=np.float32)
    for row in range(query.shape[0]):
        stored = slice(query.indptr[row], query.indptr[row + 1])
        columns, weight = query.indices[stored], query.data[stored]
        start, stop = gallery.indptr[columns], gallery.indptr[columns + 1]
        count = stop - start
        # Positions start..stop of every column, one after another.
        place = np.arange(count.sum()) + np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
        smaller = np.minimum(np.repeat(weight, count), gallery.data[place])
        overlap[row] = np.bincount(gallery.indices[place], smaller, minlength=gallery.shape[0])
    return overlap / (2 - overlap)
