"""The study's mean of rescaled cosines, weighted by the inverse of the error."""

import numpy as np

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence


def fuse(evidence: Evidence) -> np.ndarray:
    """Return the mean of (cos + 1) / 2 with weights ∝ 1 / (1 - acc + 1e-6).

    Fault, kept: a model that is perfect on the validation identities silences all others.
    """
    inverse = 1 / (1 - evidence.accuracy + 1e-6)
    return weighted(evidence.halves, inverse / inverse.sum())
