"""The study's candidate-list sum: 50 candidates, 0.7 for the best model. As published, faults included."""

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.similarity import Similarity

CANDIDATES = 50


def fuse(evidence: Evidence) -> Similarity:
    """Return the sum over lists of 50; `Evidence.candidate_sum` names its faults."""
    return evidence.candidate_sum(CANDIDATES, seventy_thirty(evidence.accuracy))


def seventy_thirty(accuracy: np.ndarray) -> np.ndarray:
    """Return 0.7 for the model that is best on validation identities; the others share 0.3."""
    n = len(accuracy)
    if n == 1:
        return np.ones(1)
    weight = np.full(n, 0.3 / (n - 1))
    weight[int(np.argmax(accuracy))] = 0.7
    return weight
