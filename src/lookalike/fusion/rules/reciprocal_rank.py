"""Reciprocal rank fusion: looks at ranks alone, and so needs no common scale."""

import numpy as np

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import places

RANK_CONSTANT = 60


def fuse(evidence: Evidence) -> np.ndarray:
    """Return Σ w_m / (60 + rank_m).

    Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods", SIGIR 2009.
    """
    return weighted([1 / (RANK_CONSTANT + places(scores)) for scores in evidence.scores], evidence.weight)
