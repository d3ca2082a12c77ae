"""Exact nearest neighbours by cosine: a float32 product finds candidates, float64 settles their order.

A gallery is searched in parts, each by itself, so that parts can be read one at a time or searched by several
processes; `merge` puts their answers together. What is held is a block of scores and, for each query, a few times as
many candidates as were asked for, whatever the gallery's size and however many of its images are copies.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from lookalike.retrieval.candidates import Candidates
from lookalike.retrieval.select import best
from lookalike.retrieval.vectors import cosine

# Two float32 inner products of equal unit vectors differ by less than this, for any dimension in use.
TOLERANCE = 1e-5
# Cells of one block of scores: 32 MB in float32, 64 MB where they are worked out in float64.
BLOCK_CELLS = 1 << 23
FIRST_ROWS = 1024
# Queries that are compared with one block of the gallery, and the answers to all of them.
QUERIES, ANSWERS = 1024, 1 << 21
# Rows of one part of a gallery: 2 GB of 512 numbers.
PART_ROWS = 1 << 20
# The full matrix is quicker than candidates and their settling below this many similarities, and where so large a share
# of the gallery is asked for.
SMALL_CELLS, LARGE_SHARE = 1 << 24, 1 / 8

# Index (n_query, depth) int32 and similarity (n_query, depth) float32, best first, ties by lower index.
Answers = tuple[np.ndarray, np.ndarray]


def top_k(query: np.ndarray, gallery: np.ndarray, depth: int) -> Answers:
    """Return the `depth` most similar gallery rows of every query, best first, ties by lower index.

    Equal to a stable sort of the full `cosine` matrix, in memory that grows with the queries and the depth alone.

    Args:
        query: (n_query, dim) float32 unit rows.
        gallery: (n_gallery, dim) float32 unit rows, in memory or mapped from disk; not copied.
        depth: 0 to n_gallery.

    Returns:
        index (n_query, depth) int32 and similarity (n_query, depth) float32.
    """
    if not by_candidates(len(query), len(gallery), depth):
        return _whole(query, gallery, depth)
    return top_of_parts(query, (gallery[at : at + PART_ROWS] for at in range(0, len(gallery), PART_ROWS)), depth)


def by_candidates(n_query: int, n_gallery: int, depth: int) -> bool:
    """Return whether candidates and their settling are quicker than the full matrix."""
    return n_query * n_gallery > SMALL_CELLS and 0 < depth <= LARGE_SHARE * n_gallery


def top_of_parts(query: np.ndarray, parts: Iterable[np.ndarray], depth: int) -> Answers:
    """Return the same as `top_k` over a gallery that comes in consecutive parts, one at a time.

    Args:
        query: (n_query, dim) float32 unit rows.
        parts: (n, dim) float32 unit rows each.
        depth: from 0; fewer are returned where the parts hold fewer rows.
    """
    found: Answers | None = None
    start = 0
    for part in parts:
        found = extended(found, query, part, start, depth)
        start += len(part)
    return found or top_of_part(query, query[:0], 0, depth)


def extended(found: Answers | None, query: np.ndarray, part: np.ndarray, start: int, depth: int) -> Answers:
    """Return the first `depth` answers, of those in the gallery before a part and of those in it.

    Args:
        found: `depth` answers of what stands before the part, or all where it holds fewer; None for nothing.
        query: (n_query, dim) float32 unit rows.
        part: (n, dim) float32 unit rows.
        start: the part's first row's index in the gallery.
        depth: from 0.
    """
    if found is None or found[0].shape[1] < depth:
        new = top_of_part(query, part, start, depth)
        return new if found is None else merge([found, new], depth)
    order, score = found[0].copy(), found[1].copy()
    for rows in _some_queries(len(query), depth) if len(part) else ():
        place, value = _searched(query[rows], part, depth, score[rows, -1])
        order[rows], score[rows] = merge([(order[rows], score[rows]), (place + np.int32(start), value)], depth)
    return order, score


def top_of_part(query: np.ndarray, part: np.ndarray, start: int, depth: int) -> Answers:
    """Return the first `depth` answers within one part of a gallery; a pure function of what it is given.

    Args:
        query: (n_query, dim) float32 unit rows.
        part: (n, dim) float32 unit rows.
        start: the part's first row's index in the gallery; returned indices are the gallery's.
        depth: from 0; no more than n are returned.
    """
    depth = min(depth, len(part))
    order = np.empty((len(query), depth), dtype=np.int32)
    score = np.empty((len(query), depth), dtype=np.float32)
    for rows in _some_queries(len(query), depth):
        order[rows], score[rows] = _searched(query[rows], part, depth)
    return order + np.int32(start), score


def _some_queries(count: int, depth: int) -> Iterator[slice]:
    step = max(1, min(QUERIES, ANSWERS // max(depth, 1)))
    return (slice(at, at + step) for at in range(0, count if depth else 0, step))


def merge(found: Sequence[Answers], depth: int) -> Answers:
    """Return the first `depth` of answers from several parts of one gallery, in whatever order they are given.

    Args:
        found: what `top_of_part` returned for each, to the same queries.
        depth: from 0; no more than were found are returned.
    """
    if len(found) == 1:
        return found[0][0][:, :depth], found[0][1][:, :depth]
    order, score = (np.concatenate(side, axis=1) for side in zip(*found, strict=True))
    place = np.lexsort((order, -score), axis=1)[:, :depth]
    return np.take_along_axis(order, place, axis=1), np.take_along_axis(score, place, axis=1)


def neighbours(rows: np.ndarray, count: int) -> Answers:
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


def _searched(query: np.ndarray, part: np.ndarray, depth: int, known: np.ndarray | None = None) -> Answers:
    """Return the first answers of a few queries, with indices that count from the part's first row.

    With scores that are known, (n_query,), only answers that are no worse; then as many columns as are needed.
    """
    query = np.ascontiguousarray(query, dtype=np.float32)
    found = Candidates(query, part, depth, known)
    most = max(1, BLOCK_CELLS // len(query))
    # The first blocks are small, so that little is sorted before there is a score to be above.
    at, step = 0, min(most, max(FIRST_ROWS, 2 * depth))
    scores = np.empty(len(query) * min(most, len(part)), dtype=np.float32)
    while at < len(part):
        block = np.asarray(part[at : at + step], dtype=np.float32)
        out = scores[: len(query) * len(block)].reshape(len(query), len(block))
        found.add(np.matmul(query, block.T, out=out), at)
        at, step = at + step, min(most, 2 * step)
    return found.settled()


def _whole(query: np.ndarray, gallery: np.ndarray, depth: int) -> Answers:
    """Return the first answers by the full matrix, a block of queries at a time."""
    order = np.empty((len(query), depth), dtype=np.int32)
    score = np.empty((len(query), depth), dtype=np.float32)
    step = max(1, BLOCK_CELLS // max(len(gallery), 1))
    for at in range(0, len(query), step):
        rows = slice(at, at + step)
        order[rows], score[rows] = best(cosine(query[rows], gallery), depth)
    return order, score
