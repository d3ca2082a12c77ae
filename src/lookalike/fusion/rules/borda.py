"""Borda count: looks at ranks alone, and so needs no common scale."""

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import places
from lookalike.retrieval.similarity import Similarity


def fuse(evidence: Evidence) -> Similarity:
    """Return Σ w_m (n_gallery - rank_m): the points of a Borda count.

    Source: Aslam and Montague, "Models for Metasearch", SIGIR 2001, section 2.2.
    """
    return evidence.by_query(
        lambda seen: weighted([scores.shape[1] - places(scores) for scores in seen.scores], evidence.weight)
    )
