"""A vector averaged with its neighbours: query expansion and database-side augmentation.

Sources: Radenović, Tolias and Chum, "Fine-tuning CNN Image Retrieval with No Human Annotation", TPAMI 2019, section
3.4 (weights cos^α); Arandjelović and Zisserman, "Three things everyone should know to improve object retrieval",
CVPR 2012, section 4 (augmenting the database with itself).
"""

import numpy as np

from lookalike.retrieval.search import neighbours, top_k
from lookalike.retrieval.vectors import unit


def augment(rows: np.ndarray, count: int, power: float) -> np.ndarray:
    """Return every row plus its `count` nearest other rows, each weighted by its cosine to the power given.

    On queries this lends each what the others show of the same identity: its pose, light and age matter less.

    Args:
        rows: (n, dim) unit rows.
        count: neighbours taken, as many as there are.
        power: α; the higher, the less a distant neighbour says. Opposite rows (cosine below 0) say nothing.

    Returns:
        (n, dim) unit rows.
    """
    index, similarity = neighbours(rows, count)
    return _average(rows, rows, index, similarity, power)


def expand(query: np.ndarray, gallery: np.ndarray, count: int, power: float) -> np.ndarray:
    """Return αQE: every query plus its first `count` gallery images, weighted as in `augment`.

    Args:
        query: (n_query, dim) unit rows.
        gallery: (n_gallery, dim) unit rows.
        count: gallery images taken, as many as there are.
        power: α.

    Returns:
        (n_query, dim) unit rows.
    """
    index, similarity = top_k(query, gallery, min(count, len(gallery)))
    return _average(query, gallery, index, similarity, power)


def _average(
    rows: np.ndarray, others: np.ndarray, index: np.ndarray, similarity: np.ndarray, power: float
) -> np.ndarray:
    weight = np.maximum(similarity, 0.0) ** power
    total = rows.astype(np.float64)
    for column in range(index.shape[1]):
        total += weight[:, column, None] * others[index[:, column]]
    return unit(total).astype(np.float32)
