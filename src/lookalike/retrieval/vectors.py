"""Rows of unit length and their cosines."""

import numpy as np

# Numbers of one block of gallery rows in float64: 256 MB.
BLOCK_NUMBERS = 1 << 25


def unit(rows: np.ndarray) -> np.ndarray:
    """Return rows scaled to length 1, in their own dtype; a zero row stays zero and is similar to nothing.

    Args:
        rows: (n, dim) float.
    """
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)


def cosine(query: np.ndarray, gallery: np.ndarray) -> np.ndarray:
    """Return the (n_query, n_gallery) float32 inner products of unit rows, in which ties are exact.

    A float32 product differs in its last bit with a row's place in the matrix, so that copies of one image would
    not tie. Summing in float64 and rounding once makes equal rows equal, whatever stands around them.

    Args:
        query: (n_query, dim) unit rows.
        gallery: (n_gallery, dim) unit rows.
    """
    left, step = query.astype(np.float64), max(1, BLOCK_NUMBERS // max(gallery.shape[1], len(query), 1))
    if len(gallery) <= step:
        return (left @ gallery.astype(np.float64).T).astype(np.float32)
    result = np.empty((len(query), len(gallery)), dtype=np.float32)
    for start in range(0, len(gallery), step):
        rows = slice(start, start + step)
        result[:, rows] = left @ gallery[rows].astype(np.float64).T
    return result
