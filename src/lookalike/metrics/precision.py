"""Metrics over all right images of a query. A right image that was not retrieved counts zero."""

import numpy as np


def precision_at_hits(hit: np.ndarray) -> np.ndarray:
    """Return (n, depth) float64: the precision at every rank that holds a right image, 0 at the others."""
    rank = np.arange(1, hit.shape[1] + 1)
    return np.cumsum(hit, axis=1) / rank * hit


def average_precision(hit: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return (n,) average precision over all `total` right images.

    Source: Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008, section 8.4.

    Args:
        hit: (n, depth) bool.
        total: (n,) right images in the gallery, at least 1 each.
    """
    return precision_at_hits(hit).sum(axis=1) / total


def average_precision_at_r(hit: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return (n,) MAP@R of each query: precision summed over the hits of the first R = `total` ranks, over R.

    Source: Musgrave, Belongie and Lim, "A Metric Learning Reality Check", ECCV 2020, section 3.2.
    """
    inside = np.arange(hit.shape[1]) < total[:, None]
    return (precision_at_hits(hit) * inside).sum(axis=1) / total


def reciprocal_rank(first_hit: np.ndarray) -> np.ndarray:
    """Return (n,) 1 / rank of the first right image, 0 where none was retrieved."""
    return np.where(first_hit > 0, 1.0 / np.maximum(first_hit, 1), 0.0)


def inverse_negative_penalty(hit: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return (n,) INP: right images over the rank of the last of them; 0 unless all were retrieved.

    Source: Ye et al., "Deep Learning for Person Re-identification: A Survey and Outlook", TPAMI 2021, equation 3.
    """
    depth = hit.shape[1]
    if depth == 0:
        return np.zeros(len(total))
    last = depth - np.argmax(hit[:, ::-1], axis=1)
    return np.where(hit.sum(axis=1) == total, total / last, 0.0)


def precision_at(hit: np.ndarray, k: int) -> np.ndarray:
    """Return (n,) precision@k, the figure of the study's rehearsal domains; empty ranks count as wrong."""
    return hit[:, :k].sum(axis=1) / k
