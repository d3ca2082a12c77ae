"""Weighted sum of full similarities: every model speaks on every image."""

import numpy as np

from lookalike.fusion.evidence import Evidence


def weighted_sum(evidence: Evidence) -> np.ndarray:
    """Return Σ w_m s_m, (n_query, n_gallery) float32.

    Source: Kittler et al., "On Combining Classifiers", TPAMI 1998, section 3.4 (the sum rule), weighted.
    """
    return weighted(evidence.similarity, evidence.weight)


def weighted(similarity: tuple[np.ndarray, ...], weight: np.ndarray) -> np.ndarray:
    """Return Σ w_m s_m summed in float64, so that the order of the models does not matter to ranks."""
    total = np.zeros(similarity[0].shape)
    for part, share in zip(similarity, weight, strict=True):
        total += share * part
    return total.astype(np.float32)
