"""Borda count: looks at ranks alone, and so needs no common scale."""

import numpy as np

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence
from lookalike.fusion.normalise import places


def fuse(evidence: Evidence) -> np.ndarray:
    """Return Σ w_m (n_gallery - rank_m): the points of a Borda count.

    Source: Aslam and Montague, "Models for Metasearch", SIGIR 2001, section 2.2.
    """
    return weighted([scores.shape[1] - places(scores) for scores in evidence.scores], evidence.weight)
