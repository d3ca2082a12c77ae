"""Average precision over all right images of a query. A right image that was not retrieved counts zero."""

import numpy as np


def average_precision(hit: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return (n,) average precision over all `total` right images.

    Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.4.

    Args:
        hit: (n, depth) bool.
        total: (n,) right images in the gallery, at least 1 each.
    """
    return precision_at_hits(hit).sum(axis=1) / total


def precision_at_hits(hit: np.ndarray) -> np.ndarray:
    """Return (n, depth) float64: the precision at every rank that holds a right image, 0 at the others."""
    rank = np.arange(1, hit.shape[1] + 1)
    return np.cumsum(hit, axis=1) / rank * hit
