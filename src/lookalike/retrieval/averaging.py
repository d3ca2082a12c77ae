"""A vector averaged with its neighbours: query expansion and database-side augmentation.

Sources: Radenović, Tolias and Chum, "Fine-tuning CNN Image Retrieval with No Human Annotation", TPAMI 2019, section
3.4 (weights cos^α); Arandjelović and Zisserman, "Three things everyone should know to improve object retrieval",
CVPR 2012, section 4 (augmenting the database with itself).
"""

from dataclasses import replace

import numpy as np

from lookalike.params.retrieval import ExpansionOptions, GalleryAveragingOptions, QueryAveragingOptions
from lookalike.retrieval.embeddings import Placed
from lookalike.retrieval.nearest import neighbours, top_k
from lookalike.retrieval.vectors import unit


def gallery_averaging(placed: Placed, options: GalleryAveragingOptions) -> Placed:
    """Average every gallery image with its nearest others."""
    return replace(placed, gallery=augment(placed.gallery, options.neighbours, options.power))


def query_averaging(placed: Placed, options: QueryAveragingOptions) -> Placed:
    """Average every query with its nearest others, as often as the options say (transductive).

    This lends each what the others show of the same identity: its pose, light and age matter less.
    """
    query = placed.query
    for _ in range(options.rounds if placed.transductive else 0):
        query = augment(query, options.neighbours, options.power)
    return replace(placed, query=query)


def expansion(placed: Placed, options: ExpansionOptions) -> Placed:
    """Average every query with its first gallery images: αQE."""
    query, gallery = placed.query, placed.gallery
    index, scores = top_k(query, gallery, min(options.neighbours, len(gallery)))
    return replace(placed, query=_average(query, gallery, index, scores, options.power))


def augment(rows: np.ndarray, count: int, power: float) -> np.ndarray:
    """Return every row plus its `count` nearest other rows, each weighted by its cosine to the power given.

    Args:
        rows: (n, dim) unit rows.
        count: neighbours taken, as many as there are.
        power: α; the higher, the less a distant neighbour says. Opposite rows (cosine below 0) say nothing.

    Returns:
        (n, dim) unit rows.
    """
    index, scores = neighbours(rows, count)
    return _average(rows, rows, index, scores, power)


def _average(rows: np.ndarray, others: np.ndarray, index: np.ndarray, scores: np.ndarray, power: float) -> np.ndarray:
    weight = np.maximum(scores, 0.0) ** power
    total = rows.astype(np.float64)
    for column in range(index.shape[1]):
        total += weight[:, column, None] * others[index[:, column]]
    return unit(total).astype(np.float32)
