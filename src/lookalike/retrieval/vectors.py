"""Rows of unit length."""

import numpy as np


def unit(rows: np.ndarray) -> np.ndarray:
    """Return rows scaled to length 1, in their own dtype; a zero row stays zero and is similar to nothing.

    Args:
        rows: (n, dim) float.
    """
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 0)
