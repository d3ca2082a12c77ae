"""The best of each row, with ties in a fixed order."""

import numpy as np

_INDEX_BITS = np.int64(32)
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
    bits = (similarity.astype(np.float32) + np.float32(0)).view(np.int32)  # adding 0 makes -0 and 0 one value
    # The bits of negative floats grow as the floats fall; flipping them puts all floats in integer order.
    ascending = np.where(bits < 0, bits ^ np.int32(0x7FFFFFFF), bits)
    key = (-1 - ascending.astype(np.int64) << _INDEX_BITS) | np.arange(similarity.shape[1], dtype=np.int64)
    if 0 < depth < similarity.shape[1]:
        key = np.partition(key, depth - 1, axis=1)
    column = (np.sort(key[:, :depth], axis=1) & _INDEX_MASK).astype(np.int32)
    return column, np.take_along_axis(similarity, column, axis=1).astype(np.float32)
