"""Weighted sum of full similarities: every model speaks on every image."""

import numpy as np

from lookalike.fusion.combine import weighted
from lookalike.fusion.evidence import Evidence


def fuse(evidence: Evidence) -> np.ndarray:
    """Return Σ w_m s_m, (n_query, n_gallery) float32.

    Source: Kittler et al., "On Combining Classifiers", TPAMI 1998, section 3.4 (the sum rule), weighted.
    """
    return weighted(evidence.scores, evidence.weight)
