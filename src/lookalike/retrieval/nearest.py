"""Exact nearest neighbours by cosine: FAISS finds candidates, float64 settles their order.

Source: Douze et al., "The Faiss library", 2024 (arXiv:2401.08281), brute force by inner product.
"""

import numpy as np

from lookalike.retrieval.select import best
from lookalike.retrieval.vectors import cosine

# Candidates beyond the depth asked for: room for rounding and ties at the cut.
SLACK = 16
# Two float32 inner products of equal unit vectors differ by less than this, for any dimension in use.
TOLERANCE = 1e-5
# Cells of one block of float64 work: 64 MB, and twice that again while it is sorted.
BLOCK_CELLS = 1 << 23
# Below this many similarities the full matrix is quicker than candidates and their settling.
SMALL_CELLS = 1 << 24


def top_k(query: np.ndarray, gallery: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `depth` most similar gallery rows of every query, best first, ties by lower index.

    Equal to a stable sort of the full `cosine` matrix, in memory that grows with the queries and the depth alone.

    Args:
        query: (n_query, dim) float32 unit rows.
        gallery: (n_gallery, dim) float32 unit rows; not copied.
        depth: 0 to n_gallery.

    Returns:
        index (n_query, depth) int32 and similarity (n_query, depth) float32.
    """
    candidates = depth + SLACK
    small = len(query) * len(gallery) <= SMALL_CELLS
    answer = _full if small or candidates >= len(gallery) else _settled
    cells = len(gallery) if answer is _full else candidates * gallery.shape[1]
    order = np.empty((len(query), depth), dtype=np.int32)
    score = np.empty((len(query), depth), dtype=np.float32)
    step = max(1, BLOCK_CELLS // max(cells, 1))
    for start in range(0, len(query), step):
        rows = slice(start, start + step)
        order[rows], score[rows] = answer(query[rows], gallery, depth)
    return order, score


def neighbours(rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `count` nearest other rows of every row, best first: index and similarity, both (n, count).

    Args:
        rows: (n, dim) unit rows.
        count: how many; fewer where there are not so many other rows.
    """
    if len(rows) < 2:
        return np.zeros((len(rows), 0), dtype=np.int32), np.zeros((len(rows), 0), dtype=np.float32)
    count = min(count, len(rows) - 1)
    order, score = top_k(rows, rows, count + 1)
    other = order != np.arange(len(rows))[:, None]
    # Among more copies than were asked for, the row itself may not be listed: then the last one goes.
    other[other.all(axis=1), -1] = False
    return order[other].reshape(len(rows), count), score[other].reshape(len(rows), count)


def _settled(query: np.ndarray, gallery: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    import faiss  # Here, because a few queries are answered without it.

    rough, found = faiss.knn(
        np.ascontiguousarray(query, dtype=np.float32),
        np.ascontiguousarray(gallery, dtype=np.float32),
        depth + SLACK,
        metric=faiss.METRIC_INNER_PRODUCT,
    )
    found = np.sort(found, axis=1)
    exact = np.einsum("qd,qkd->qk", query.astype(np.float64), gallery[found].astype(np.float64)).astype(np.float32)
    place, score = best(exact, depth)
    order = np.take_along_axis(found, place, axis=1)
    # Where the last candidate may tie with the last answer, images that FAISS left out may too: look at them all.
    unsure = np.flatnonzero(rough[:, -1] >= score[:, -1] - TOLERANCE)
    step = max(1, BLOCK_CELLS // len(gallery))
    for start in range(0, len(unsure), step):
        rows = unsure[start : start + step]
        order[rows], score[rows] = _full(query[rows], gallery, depth)
    return order, score


def _full(query: np.ndarray, gallery: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    return best(cosine(query, gallery), depth)
