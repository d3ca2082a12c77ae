"""Whether a right image is among the first k answers."""

import numpy as np

from lookalike.metrics.rates import first_hit, within


def top_k(hit: np.ndarray, total: np.ndarray, k: int) -> np.ndarray:
    """Return (n,) bool: a right image stands at rank k or before; `total` does not matter."""
    del total
    return within(first_hit(hit), k)
