"""Average precision within the first R ranks, R being the number of right images."""

import numpy as np

from lookalike.metrics.measures.average_precision import precision_at_hits


def average_precision_at_r(hit: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return (n,) MAP@R of each query: precision summed over the hits of the first R = `total` ranks, over R.

    Source: Musgrave, Belongie and Lim, "A Metric Learning Reality Check", ECCV 2020, section 3.2.
    """
    inside = np.arange(hit.shape[1]) < total[:, None]
    return (precision_at_hits(hit) * inside).sum(axis=1) / total
