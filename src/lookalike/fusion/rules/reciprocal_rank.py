"""Reciprocal rank fusion: looks at ranks alone, and so needs no common scale."""

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import places
from lookalike.retrieval.similarity import Similarity

RANK_CONSTANT = 60


def fuse(evidence: Evidence) -> Similarity:
    """Return Σ w_m / (60 + rank_m).

    Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods", SIGIR 2009.
    """
    return evidence.by_query(
        lambda seen: weighted([1 / (RANK_CONSTANT + places(scores)) for scores in seen.scores], evidence.weight)
    )
