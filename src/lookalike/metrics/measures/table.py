"""The measures of metrics.json by name. A new one is a file beside this one and a line here."""

from collections.abc import Callable
from functools import partial

import numpy as np

from lookalike.metrics.measures.average_precision import average_precision
from lookalike.metrics.measures.average_precision_at_r import average_precision_at_r
from lookalike.metrics.measures.inverse_negative_penalty import inverse_negative_penalty
from lookalike.metrics.measures.precision_at import precision_at
from lookalike.metrics.measures.reciprocal_rank import reciprocal_rank
from lookalike.metrics.measures.top_k import top_k

# From `hit` (n, depth) bool, the image at that rank is right, and `total` (n,) int, right images of the whole gallery,
# at least 1 each, to (n,) values between 0 and 1.
Measure = Callable[[np.ndarray, np.ndarray], np.ndarray]

MEASURES: dict[str, Measure] = {
    "top1": partial(top_k, k=1),
    "top5": partial(top_k, k=5),
    "top10": partial(top_k, k=10),
    "map": average_precision,
    "map_at_r": average_precision_at_r,
    "mrr": reciprocal_rank,
    "minp": inverse_negative_penalty,
}


def measures_of(precision_k: int) -> dict[str, Measure]:
    """Return `MEASURES`, and `precision_at_<k>` where a dataset's recipe names a k above 0."""
    return MEASURES | ({f"precision_at_{precision_k}": partial(precision_at, k=precision_k)} if precision_k else {})
