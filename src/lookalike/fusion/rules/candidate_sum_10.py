"""The study's candidate-list sum: 10 candidates, weights by accuracy. As published, faults included."""

import numpy as np

from lookalike.fusion.evidence import Evidence

CANDIDATES = 10


def fuse(evidence: Evidence) -> np.ndarray:
    """Return the sum over lists of 10; `Evidence.candidate_sum` names its faults."""
    return evidence.candidate_sum(CANDIDATES, evidence.accuracy_shares)
