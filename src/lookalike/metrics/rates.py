"""The rank of the first right image of each query, and the competition points for it."""

import numpy as np

# The competition's rule: 600 points for a right first answer, 300 for one in the first five, 100 in the first ten.
POINTS = ((1, 600.0), (5, 300.0), (10, 100.0))


def first_hit(hit: np.ndarray) -> np.ndarray:
    """Return (n,) int64: rank of the first right image, from 1; 0 where none was retrieved.

    Args:
        hit: (n, depth) bool, whether the image at that rank is right.
    """
    if hit.shape[1] == 0:
        return np.zeros(len(hit), dtype=np.int64)
    return np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 0)


def within(first_hit: np.ndarray, k: int) -> np.ndarray:
    """Return (n,) bool: the first right image stands at rank k or before.

    Args:
        first_hit: (n,) ranks from 1; 0 where no right image was retrieved.
        k: depth looked at; a gallery smaller than k is looked at whole.
    """
    return (first_hit > 0) & (first_hit <= k)


def points(first_hit: np.ndarray) -> np.ndarray:
    """Return (n,) float64: competition points of each query, one of 1000, 400, 100 and 0."""
    return sum((worth * within(first_hit, k) for k, worth in POINTS), np.zeros(len(first_hit)))
