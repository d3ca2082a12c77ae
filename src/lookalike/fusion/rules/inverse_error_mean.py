"""The study's mean of rescaled cosines, weighted by the inverse of the error."""

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence
from lookalike.retrieval.similarity import Similarity


def fuse(evidence: Evidence) -> Similarity:
    """Return the mean of (cos + 1) / 2 with weights ∝ 1 / (1 - acc + 1e-6).

    Fault, kept: a model that is perfect on the validation identities silences all others.
    """
    inverse = 1 / (1 - evidence.accuracy + 1e-6)
    return evidence.by_query(lambda seen: weighted(seen.halves, inverse / inverse.sum()))
