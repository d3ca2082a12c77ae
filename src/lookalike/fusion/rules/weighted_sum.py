"""Weighted sum of full similarities: every model speaks on every image."""

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.similarity import Similarity


def fuse(evidence: Evidence) -> Similarity:
    """Return Σ w_m s_m.

    Source: Kittler et al., "On Combining Classifiers", TPAMI 1998, section 3.4 (the sum rule), weighted.
    """
    return evidence.by_query(lambda seen: weighted(seen.scores, evidence.weight))
