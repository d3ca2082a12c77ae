"""A flat map of embeddings."""

import numpy as np


def principal_plane(embedding: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project embeddings on their two directions of greatest variance.

    Source: Jolliffe, "Principal Component Analysis", 2002, section 1.1. The sign of a direction is free; here its
    largest coefficient is positive, so that the same embeddings always give the same map.

    Args:
        embedding: (n, dim) float32, dim at least 2.

    Returns:
        (n, 2) float64 coordinates, and (2,) the share of the variance each direction holds.
    """
    centred = embedding.astype(np.float64) - embedding.mean(axis=0, dtype=np.float64)
    variance, direction = np.linalg.eigh(centred.T @ centred)
    plane = direction[:, [-1, -2]]
    largest = np.abs(plane).argmax(axis=0)
    plane = plane * np.sign(plane[largest, [0, 1]])
    return centred @ plane, variance[[-1, -2]] / max(variance.sum(), np.finfo(float).tiny)
