"""Arithmetic that several fusion rules share."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np

from lookalike.retrieval.embeddings import Embeddings, Placed
from lookalike.retrieval.select import best

# Least cosine of an image on the study's candidate lists.
THRESHOLD = 0.1
Vectors = TypeVar("Vectors", Embeddings, Placed)


def weighted(scores: Sequence[np.ndarray], weight: np.ndarray) -> np.ndarray:
    """Return Σ w_m s_m summed in float64, so that the order of the models does not matter to ranks.

    Args:
        scores: each model's (n_query, n_gallery).
        weight: (n_model,).

    Returns:
        (n_query, n_gallery) float32.
    """
    total = np.zeros(scores[0].shape)
    for part, share in zip(scores, weight, strict=True):
        total += share * part
    return total.astype(np.float32)


def concatenate(parts: Sequence[Vectors], weight: np.ndarray) -> Vectors:
    """Return one model whose cosine is Σ w_m cos_m.

    Each vector is scaled by the root of its model's weight: unit rows in, unit rows out.

    Args:
        parts: models over the same images.
        weight: (n_model,) of sum 1, none below 0.
    """
    if len(parts) == 1 and weight[0] == 1:
        return parts[0]
    root = np.sqrt(weight).astype(np.float32)
    ends = np.cumsum([part.query.shape[1] for part in parts])

    def joined(side: str) -> np.ndarray:
        rows = [getattr(part, side) for part in parts]
        result = np.empty((len(rows[0]), ends[-1]), dtype=np.float32)
        for r, own, end in zip(root, rows, ends, strict=True):
            np.multiply(r, own, out=result[:, end - own.shape[1] : end])
        return result

    return replace(parts[0], query=joined("query"), gallery=joined("gallery"), train=joined("train"))


def listed(cosines: np.ndarray, candidates: int) -> np.ndarray:
    """Return cosines with everything off a model's candidate list, or under the threshold, set to 0.

    Args:
        cosines: (n_query, n_gallery).
        candidates: length of the list.
    """
    column, value = best(cosines, min(candidates, cosines.shape[1]))
    result = np.zeros(cosines.shape)
    np.put_along_axis(result, column.astype(np.int64), np.where(value >= THRESHOLD, value, 0.0), axis=1)
    return result
