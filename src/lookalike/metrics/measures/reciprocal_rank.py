"""The reciprocal rank of the first right image."""

import numpy as np

from lookalike.metrics.rates import first_hit


def reciprocal_rank(hit: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return (n,) 1 / rank of the first right image, 0 where none was retrieved; `total` does not matter.

    Source: Voorhees, "The TREC-8 Question Answering Track Report", 1999.
    """
    del total
    rank = first_hit(hit)
    return np.where(rank > 0, 1.0 / np.maximum(rank, 1), 0.0)
