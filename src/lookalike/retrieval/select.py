"""The best of each row, with ties in a fixed order."""

import numpy as np

INDEX_BITS = np.int64(32)
_INDEX_MASK = np.int64((1 << 32) - 1)


def best(similarity: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the `depth` largest entries of every row, best first, ties by lower column.

    Score and column are packed into one integer each, so that no two are equal and a partial sort is as stable as a
    full one: linear in the columns, where a stable argsort is not.

    Args:
        similarity: (n, m) float32, finite.
        depth: 0 to m.

    Returns:
        column (n, depth) int32 and value (n, depth) float32.
    """
    key = (descending(similarity.astype(np.float32)) << INDEX_BITS) | np.arange(similarity.shape[1], dtype=np.int64)
    if 0 < depth < similarity.shape[1]:
        key = np.partition(key, depth - 1, axis=1)
    column = (np.sort(key[:, :depth], axis=1) & _INDEX_MASK).astype(np.int32)
    return column, np.take_along_axis(similarity, column, axis=1).astype(np.float32)


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
