"""The study's candidate-list sum, as published, faults included."""

from collections.abc import Callable

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.select import best

THRESHOLD = 0.1


def candidate_sum(candidates: int, weigh: Callable[[Evidence], np.ndarray]) -> Callable[[Evidence], np.ndarray]:
    """Return the rule Σ w_m cos_m over the images among model m's first `candidates` with cosine at least 0.1.

    Faults, kept because this is a reference row: an image missing from a model's list scores 0 from it, as if that
    model had called it a stranger; raw cosines of different models are added as if they measured the same; the weights
    came from test scores.

    Args:
        candidates: length of each model's list.
        weigh: the weights of the models.
    """

    def rule(evidence: Evidence) -> np.ndarray:
        total = np.zeros(evidence.raw[0].shape)
        for cosines, share in zip(evidence.raw, weigh(evidence), strict=True):
            total += share * _listed(cosines, candidates)
        return total.astype(np.float32)

    return rule


def seventy_thirty(evidence: Evidence) -> np.ndarray:
    """Return 0.7 for the model that is best on validation identities; the others share 0.3."""
    n = len(evidence.accuracy)
    if n == 1:
        return np.ones(1)
    weight = np.full(n, 0.3 / (n - 1))
    weight[int(np.argmax(evidence.accuracy))] = 0.7
    return weight


def by_accuracy(evidence: Evidence) -> np.ndarray:
    """Return weights proportional to accuracy, as 970 to 910 in the study; equal where all are 0."""
    total = evidence.accuracy.sum()
    return evidence.accuracy / total if total > 0 else np.full(len(evidence.accuracy), 1 / len(evidence.accuracy))


def _listed(similarity: np.ndarray, candidates: int) -> np.ndarray:
    """Return similarities with everything off the candidate list, or under the threshold, set to 0."""
    column, value = best(similarity, min(candidates, similarity.shape[1]))
    listed = np.zeros(similarity.shape)
    np.put_along_axis(listed, column.astype(np.int64), np.where(value >= THRESHOLD, value, 0.0), axis=1)
    return listed
