"""How identities whose labels may be used stand in for the test: who asks, whom, and what the answers are worth.

Training chooses epochs by it, the tuner retrieval options and weights.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from lookalike.metrics.measures.average_precision import average_precision
from lookalike.metrics.rates import points
from lookalike.retrieval.vectors import cosine


class ValidationScore(NamedTuple):
    """What embeddings are worth on identities that they were not fitted to.

    Attributes:
        points: mean competition points of 1000.
        map: mean average precision, 0..1.
    """

    points: float
    map: float

    @property
    def score(self) -> float:
        """What epochs are chosen by: points, steadied by the finer mAP; among fifty queries one is worth 20 points."""
        return self.points + 1000 * self.map


def mean_score(scores: Iterable[ValidationScore]) -> ValidationScore:
    """Return the mean over parts of the identities, each of which counts alike."""
    points, precision = np.mean(list(scores), axis=0)
    return ValidationScore(float(points), float(precision))


def validation_score(embedding: np.ndarray, label: np.ndarray, domain: np.ndarray) -> ValidationScore:
    """Let the images of some identities search for each other by cosine.

    Args:
        embedding: (n, dim) float32, unit rows.
        label: (n,) identities.
        domain: (n,) real, synthetic or unknown; see `sides`. At least one query needs a match.
    """
    asks, shown = sides(label, domain)
    query, relevant = answerable(label, asks, shown)
    similarity = cosine(embedding[query], embedding[shown])
    return ValidationScore(
        float(query_points(similarity, relevant).mean()), float(query_precision(similarity, relevant).mean())
    )


def sides(label: np.ndarray, domain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return who asks and who is searched, (n,) bool each: photographs, and everything else.

    Where no identity has both real and synthetic images, every other image of each identity asks, beginning with its
    first, and the rest is searched.

    Args:
        label: (n,) identities, as names or as codes.
        domain: (n,) real, synthetic or unknown.
    """
    real = domain == "real"
    if np.isin(label[real].astype(str), label[domain == "synthetic"].astype(str)).any():
        return real, ~real
    asks = np.zeros(len(label), dtype=bool)
    _, code = np.unique(label.astype(str), return_inverse=True)
    for identity in range(code.max(initial=-1) + 1):
        asks[np.flatnonzero(code == identity)[::2]] = True
    return asks, ~asks


def answerable(label: np.ndarray, asks: np.ndarray, shown: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the queries that have a match; the score of the test leaves out the others too.

    Args:
        label: (n,) identities, as names or as codes.
        asks: (n,) bool, the queries.
        shown: (n,) bool, the gallery.

    Returns:
        (n_query,) int64 rows of the queries, and (n_query, n_gallery) bool: the gallery image has the query's identity.
    """
    _, code = np.unique(label.astype(str), return_inverse=True)
    relevant = code[asks][:, None] == code[shown]
    matched = relevant.any(axis=1)
    return np.flatnonzero(asks)[matched], relevant[matched]


def query_points(similarity: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Return (n_query,) competition points, the rank of the first right image found by counting.

    Ties count half against the answer, so that a similarity that cannot tell images apart gains nothing by luck.

    Args:
        similarity: (n_query, n_gallery).
        relevant: (n_query, n_gallery) bool, at least one in each row.
    """
    right = np.where(relevant, similarity, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    before = ((similarity > right) & ~relevant).sum(axis=1)
    tied = ((similarity == right) & ~relevant).sum(axis=1)
    return points(1 + before + (tied + 1) // 2)


def query_precision(similarity: np.ndarray, relevant: np.ndarray) -> np.ndarray:
    """Return (n_query,) average precision, which tells apart what scores the same points; ties stay in gallery order.

    Args:
        similarity: (n_query, n_gallery).
        relevant: (n_query, n_gallery) bool, at least one in each row.
    """
    order = np.argsort(-similarity, axis=1, kind="stable")
    return average_precision(np.take_along_axis(relevant, order, axis=1), relevant.sum(axis=1))
