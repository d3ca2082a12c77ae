"""Rates over first hits: top-k, the cumulative match characteristic, and competition points."""

import numpy as np

# The competition's rule: 600 points for a right first answer, 300 for one in the first five, 100 in the first ten.
POINTS = ((1, 600.0), (5, 300.0), (10, 100.0))


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


def cmc(first_hit: np.ndarray, depth: int) -> np.ndarray:
    """Return (depth,) float64: the share of queries with a right image in the first 1, 2, … depth.

    Source: Moon and Phillips, "Computational and performance aspects of PCA-based face-recognition algorithms", 2001.
    """
    count = np.bincount(first_hit[within(first_hit, depth)], minlength=depth + 1)[1:]
    return np.cumsum(count) / max(len(first_hit), 1)
