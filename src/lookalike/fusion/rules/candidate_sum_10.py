"""The study's candidate-list sum: 10 candidates, weights by accuracy. As published, faults included."""

from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.similarity import Similarity

CANDIDATES = 10


def fuse(evidence: Evidence) -> Similarity:
    """Return the sum over lists of 10; `Evidence.candidate_sum` names its faults."""
    return evidence.candidate_sum(CANDIDATES, evidence.accuracy_shares)
