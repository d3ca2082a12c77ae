"""The best of each row, with ties in a fixed order."""

import numpy as np

INDEX_BITS = np.int64(32)
_INDEX_MASK = np.int64((1 << 32) - 1)


def best(similarity: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `depth` largest entries of every row, best first, ties by lower column.

    Linear in the columns where fewer than all are asked for: only what is not below a row's `depth`-th value is sorted.

    Args:
        similarity: (n, m) float32, finite.
        depth: 0 to m.

    Returns:
        column (n, depth) int32 and value (n, depth) float32.
    """
    values, (n, m) = similarity.astype(np.float32, copy=False), similarity.shape
    if 0 < depth < m:
        least = np.partition(values, m - depth, axis=1)[:, m - depth]
        row, found = np.divmod(np.flatnonzero(values >= least[:, None]), m)
        column = found[places_of_first(row, values[row, found], depth)].reshape(n, depth).astype(np.int32)
    else:
        # Score and column are packed into one integer each, so that no two are equal and any sort is a stable one.
        key = (descending(values) << INDEX_BITS) | np.arange(m, dtype=np.int64)
        column = (np.sort(key[:, :depth], axis=1) & _INDEX_MASK).astype(np.int32)
    return column, np.take_along_axis(values, column, axis=1)


def places_of_first(row: np.ndarray, scores: np.ndarray, depth: int) -> np.ndarray:
    """Return where each row's first `depth` scores, or all where there are fewer, stand; row by row, best first.

    Args:
        row: (n,) int64 row of each score.
        scores: (n,) float32; where two of a row tie, the one that stands first is first.
        depth: at least 1.
    """
    order = np.argsort((row << INDEX_BITS) + descending(scores), kind="stable")
    row = row[order]
    count = np.bincount(row)
    return order[np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) < depth]


def descending(scores: np.ndarray) -> np.ndarray:
    """Return int64 numbers of 32 bits that fall as float32 scores rise, and are equal where those are."""
    bits = (scores + np.float32(0)).view(np.int32)  # adding 0 makes -0 and 0 one value
    return -1 - _in_order(bits).astype(np.int64)


def scores_of(numbers: np.ndarray) -> np.ndarray:
    """Return the float32 scores of which `descending` made the numbers."""
    return _in_order((-1 - numbers).astype(np.int32)).view(np.float32)


def _in_order(bits: np.ndarray) -> np.ndarray:
    # The bits of negative floats grow as the floats fall; flipping them puts all floats in integer order, and back.
    return np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits)
