"""Precision among the first k answers."""

import numpy as np


def precision_at(hit: np.ndarray, total: np.ndarray, k: int) -> np.ndarray:
    """Return (n,) precision@k; empty ranks count as wrong, and `total` does not matter.

    Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.4.
    """
    del total
    return hit[:, :k].sum(axis=1) / k
