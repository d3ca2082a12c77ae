"""Scores of different models brought to one scale, query by query, so that no answer depends on another query."""

from collections.abc import Callable

import numpy as np

Scale = Callable[[np.ndarray], np.ndarray]


def none(scores: np.ndarray) -> np.ndarray:
    """Return the scores as they are."""
    return scores


def zscore(scores: np.ndarray) -> np.ndarray:
    """Return scores minus their row's mean over its spread; a flat row is all 0.

    Source: Jain, Nandakumar and Ross, "Score normalization in multimodal biometric systems", 2005, section 3.
    """
    spread = scores.std(axis=1, keepdims=True)
    centred = scores - scores.mean(axis=1, keepdims=True)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def minmax(scores: np.ndarray) -> np.ndarray:
    """Return scores scaled so that each row spans [0, 1]; a flat row is all 0. Source: as `zscore`."""
    low = scores.min(axis=1, keepdims=True, initial=np.inf)
    span = scores.max(axis=1, keepdims=True, initial=-np.inf) - low
    return np.divide(scores - low, span, out=np.zeros_like(scores), where=span > 0)


def rank(scores: np.ndarray) -> np.ndarray:
    """Return 1 for a row's best down to 1 / n_gallery for its last; equal scores share their mean rank."""
    return 1 - (places(scores) - 1) / max(scores.shape[1], 1)


def softmax(scores: np.ndarray, temperature: float = 0.1) -> np.ndarray:
    """Return each row as probabilities that add to 1."""
    from scipy import special  # Here, because a rule that needs no common scale should not wait for scipy.

    return np.asarray(special.softmax(scores / temperature, axis=1)) if scores.size else scores


def places(scores: np.ndarray) -> np.ndarray:
    """Return (n_query, n_gallery) float64 ranks from 1, best first; equal scores share their mean rank."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(-scores, axis=1))


NORMALISERS: dict[str, Scale] = {
    "none": none,
    "zscore": zscore,
    "minmax": minmax,
    "rank": rank,
    "softmax": softmax,
}
