"""Scores of different models brought to one scale, query by query, so that no answer depends on another query."""

from collections.abc import Callable

import numpy as np

Scale = Callable[[np.ndarray], np.ndarray]


def none(similarity: np.ndarray) -> np.ndarray:
    """Return the scores as they are."""
    return similarity


def zscore(similarity: np.ndarray) -> np.ndarray:
    """Return scores minus their row's mean over its spread; a flat row is all 0.

    Source: Jain, Nandakumar and Ross, "Score normalization in multimodal biometric systems", 2005, section 3.
    """
    spread = similarity.std(axis=1, keepdims=True)
    centred = similarity - similarity.mean(axis=1, keepdims=True)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)


def minmax(similarity: np.ndarray) -> np.ndarray:
    """Return scores scaled so that each row spans [0, 1]; a flat row is all 0. Source: as `zscore`."""
    low = similarity.min(axis=1, keepdims=True, initial=np.inf)
    span = similarity.max(axis=1, keepdims=True, initial=-np.inf) - low
    return np.divide(similarity - low, span, out=np.zeros_like(similarity), where=span > 0)


def rank(similarity: np.ndarray) -> np.ndarray:
    """Return 1 for a row's best down to 1 / n_gallery for its last; equal scores share their mean rank."""
    return 1 - (places(similarity) - 1) / max(similarity.shape[1], 1)


def softmax(similarity: np.ndarray, temperature: float = 0.1) -> np.ndarray:
    """Return each row as probabilities that add to 1."""
    scaled = similarity / temperature
    weight = np.exp(scaled - scaled.max(axis=1, keepdims=True, initial=-np.inf))
    return weight / weight.sum(axis=1, keepdims=True)


def places(similarity: np.ndarray) -> np.ndarray:
    """Return (n_query, n_gallery) float64 ranks from 1, best first; equal scores share their mean rank."""
    n = similarity.shape[1]
    order = np.argsort(-similarity, axis=1, kind="stable")
    ordered = np.take_along_axis(similarity, order, axis=1)
    fresh = np.ones(similarity.shape, dtype=bool)
    fresh[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    position = np.broadcast_to(np.arange(n), similarity.shape)
    first = np.maximum.accumulate(np.where(fresh, position, 0), axis=1)
    closing = np.ones(similarity.shape, dtype=bool)
    closing[:, :-1] = fresh[:, 1:]
    last = np.minimum.accumulate(np.where(closing, position, n)[:, ::-1], axis=1)[:, ::-1]
    result = np.empty(similarity.shape)
    np.put_along_axis(result, order, (first + last) / 2 + 1, axis=1)
    return result


NORMALISERS: dict[str, Scale] = {
    "none": none,
    "zscore": zscore,
    "minmax": minmax,
    "rank": rank,
    "softmax": softmax,
}
