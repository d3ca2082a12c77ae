"""Rules that look at ranks alone, and so need no common scale."""

import numpy as np

from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import places
from lookalike.fusion.rules.weighted_sum import weighted

RANK_CONSTANT = 60


def reciprocal_rank(evidence: Evidence) -> np.ndarray:
    """Return Σ w_m / (60 + rank_m).

    Source: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning
    Methods", SIGIR 2009.
    """
    return weighted(tuple(1 / (RANK_CONSTANT + places(s)) for s in evidence.similarity), evidence.weight)


def borda(evidence: Evidence) -> np.ndarray:
    """Return Σ w_m (n_gallery - rank_m): the points of a Borda count.

    Source: Aslam and Montague, "Models for Metasearch", SIGIR 2001, section 2.2.
    """
    return weighted(tuple(s.shape[1] - places(s) for s in evidence.similarity), evidence.weight)
