"""One-to-one assignment, for tasks where every gallery image is the twin of one query."""

import numpy as np

from lookalike.params.retrieval import AssignmentOptions
from lookalike.retrieval.similarity import Similarity, check_dense


def assignment(similarity: Similarity, options: AssignmentOptions) -> Similarity:
    """Put each query's partner in the best overall assignment first (transductive)."""
    placed = similarity.placed
    if not placed.transductive:
        return similarity
    instead = "set retrieval.assignment.enabled: false"
    check_dense("retrieval.assignment.enabled: true", len(placed.query), len(placed.gallery), instead)
    return similarity.corrected(assign(similarity.scores()))


def assign(scores: np.ndarray) -> np.ndarray:
    """Return scores in which each query's partner in the best overall assignment comes first.

    The partner's score is lifted just above the row's best; the others keep their order. Where one side has more
    images, the surplus stays without a partner. Wrong for tasks in which several queries share a gallery image.

    Source: Kuhn, "The Hungarian method for the assignment problem", 1955; solved as in Crouse, "On implementing 2D
    rectangular assignment algorithms", 2016.

    Args:
        scores: (n_query, n_gallery).
    """
    from scipy.optimize import linear_sum_assignment  # Here, because plain cosine should not wait for scipy.

    row, column = linear_sum_assignment(scores, maximize=True)
    lifted = scores.copy()
    best = scores[row].max(axis=1)
    lifted[row, column] = np.where(scores[row, column] < best, np.nextafter(best, np.float32(np.inf)), best)
    return lifted
