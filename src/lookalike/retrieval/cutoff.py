"""Dynamic k: how much of a result list to show."""

import numpy as np


def dynamic_k(score: np.ndarray, drop: float) -> np.ndarray:
    """Return (n_query,) int: how many results stand before the first fall in score of more than `drop`.

    Source: the study's dynamic-k, with a drop of 0.05 on cosines.

    Args:
        score: (n_query, depth), never increasing along a row.
        drop: the fall that ends a list; 0 keeps every list whole.
    """
    depth = score.shape[1]
    if drop == 0 or depth < 2:
        return np.full(len(score), depth)
    falls = -np.diff(score, axis=1) > drop
    return np.where(falls.any(axis=1), falls.argmax(axis=1) + 1, depth)
